// What a guarded user is answered is what anybody is answered over data that holds nothing hidden: hidden rows deleted,
// masked columns replaced, whatever the statement does with them.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, twin, vault, vaultUsers } from "./vault-lens.ts";

let server: AttackServer;
let guarded: AttackClient;
let prepared: AttackClient;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault, twin], users: vaultUsers });
  guarded = await server.connect("guarded");
  prepared = await server.connect("guarded", "twin");
});

afterAll(async () => {
  await guarded?.end();
  await prepared?.end();
  await server?.stop();
});

/** Rows in an order of their own: statements decide theirs only where they say so. */
function comparable(answer: Answer): Answer {
  if (!("rows" in answer)) return answer;
  const rows = answer.rows.map((row) => JSON.stringify(row)).toSorted();
  return { columns: answer.columns, rows: rows.map((row) => [row]) };
}

const masked = [
  "owner",
  "email",
  "phone",
  "balance",
  "opened",
  "vip",
  "pin",
  "pin_end",
  "domain",
  "phone_copy",
];
const derived = ["phone_end", "owner_mail", "manager", "band", "rich", "of_morgana", "plain_mail"];
const columns = [...masked, ...derived];

const guesses: Readonly<Record<string, string>> = {
  owner: "'Zelda'",
  email: "'zelda@secret.example'",
  phone: "'+49-151-7777'",
  balance: "7654.25",
  opened: "DATE '1977-07-07'",
  vip: "true",
  pin: "777777",
  pin_end: "7",
  domain: "'secret.example'",
  phone_copy: "'+49-151-7777'",
  phone_end: "'7777'",
  owner_mail: "'Zelda:zelda@secret.example'",
  manager: "'Morgana'",
  band: "'high'",
  rich: "true",
  of_morgana: "true",
  plain_mail: "true",
};

/** What one statement can do with one masked column. */
function attacksOn(column: string): readonly string[] {
  const guess = guesses[column] ?? "NULL";
  return [
    `SELECT id FROM accounts WHERE ${column} = ${guess}`,
    `SELECT id FROM accounts WHERE NOT ${column} = ${guess}`,
    `SELECT id FROM accounts WHERE ${column} >= ${guess}`,
    `SELECT id FROM accounts WHERE ${column} IN (${guess}, NULL)`,
    `SELECT id FROM accounts WHERE ${column} IS DISTINCT FROM ${guess}`,
    `SELECT id FROM accounts WHERE ${column} IS NULL`,
    `SELECT id FROM accounts WHERE ${column} = (SELECT max(${column}::text) FROM accounts)::${typeOf(column)}`,
    `SELECT id FROM accounts WHERE (id, ${column}) IN (SELECT id, ${column} FROM accounts)`,
    `SELECT id FROM accounts WHERE ${column} = ANY (ARRAY[${guess}])`,
    `SELECT id FROM accounts WHERE ${column}::text LIKE '%7%'`,
    `SELECT id FROM accounts WHERE ${column}::text ~ '[0-9]{4}'`,
    `SELECT id, CASE WHEN ${column} = ${guess} THEN 1 ELSE 0 END FROM accounts`,
    `SELECT id, CASE ${column} WHEN ${guess} THEN 'yes' ELSE 'no' END FROM accounts`,
    `SELECT id, nullif(${column}, ${guess}), coalesce(${column}, ${guess}) FROM accounts`,
    `SELECT id, md5(${column}::text), length(${column}::text) FROM accounts`,
    `SELECT id FROM accounts ORDER BY ${column}, id`,
    `SELECT id FROM accounts ORDER BY ${column} DESC NULLS LAST, id LIMIT 2`,
    `SELECT DISTINCT ${column} FROM accounts`,
    `SELECT DISTINCT ON (${column}) ${column}, id FROM accounts ORDER BY ${column}, id`,
    `SELECT ${column}, count(*), min(id) FROM accounts GROUP BY ${column}`,
    `SELECT ${column}, MEASURE(account_count), MEASURE(phones) FROM accounts GROUP BY 1`,
    `SELECT ${column}, city, count(*) FROM accounts GROUP BY CUBE (${column}, city)`,
    `SELECT city, count(${column}), count(DISTINCT ${column}) FROM accounts GROUP BY city`,
    `SELECT city FROM accounts GROUP BY city HAVING count(DISTINCT ${column}) > 1`,
    `SELECT min(${column}::text), max(${column}::text), string_agg(${column}::text, ',' ORDER BY id) FROM accounts`,
    `SELECT array_agg(${column} ORDER BY ${column}, id) FROM accounts`,
    `SELECT count(*) FILTER (WHERE ${column} = ${guess}) FROM accounts`,
    `SELECT MEASURE(account_count) FILTER (WHERE ${column} = ${guess}) FROM accounts`,
    `SELECT MEASURE(emails) FILTER (WHERE ${column} = ${guess}), MEASURE(cities) FILTER (WHERE ${column} = ${guess}) FROM accounts`,
    `SELECT sum(CASE WHEN ${column} = ${guess} THEN account_count END) FROM accounts`,
    `SELECT id, rank() OVER (ORDER BY ${column}), lag(${column}) OVER (ORDER BY id) FROM accounts`,
    `SELECT id, count(*) OVER (PARTITION BY ${column}) FROM accounts`,
    `SELECT a.id, b.id FROM accounts a JOIN accounts b ON a.${column} = b.${column}`,
    `SELECT a.id, b.id FROM accounts a LEFT JOIN accounts b ON a.${column} = b.${column} AND a.id < b.id`,
    `SELECT a.id, b.id FROM accounts a, accounts b WHERE a.${column} = b.${column} AND a.id < b.id`,
    `SELECT count(*) FROM accounts a JOIN accounts b USING (${column})`,
    `SELECT a.id FROM accounts a WHERE EXISTS (SELECT 1 FROM accounts b WHERE b.${column} = a.${column} AND b.id <> a.id)`,
    `SELECT a.id, x.n FROM accounts a, LATERAL (SELECT count(*) AS n FROM accounts b WHERE b.${column} = a.${column}) x`,
    `SELECT a.id FROM accounts a JOIN (VALUES (${guess})) v (g) ON a.${column} = v.g`,
    `SELECT a.id FROM accounts a NATURAL JOIN (SELECT id, ${column} FROM accounts) b`,
    `WITH c AS (SELECT id, ${column} AS v FROM accounts) SELECT id FROM c WHERE v = ${guess}`,
    `WITH accounts AS (SELECT id, ${column} FROM public.accounts) SELECT id, ${column} FROM accounts`,
    `SELECT ${column} FROM accounts UNION SELECT ${column} FROM accounts`,
    `SELECT ${column} FROM accounts EXCEPT SELECT ${guess}`,
    `SELECT ${guess} INTERSECT SELECT ${column} FROM accounts`,
    `SELECT (SELECT ${column} FROM accounts b WHERE b.id = a.id) FROM accounts a`,
    `SELECT id FROM accounts WHERE CASE WHEN ${column} = ${guess} THEN 1 / (divisor - divisor) ELSE 1 END > 0`,
    `SELECT p.id, a.${column} FROM payments p JOIN accounts a ON p.account_id = a.id`,
    `SELECT a.${column}, MEASURE(p.total_amount) FROM accounts a CROSS JOIN payments p GROUP BY 1`,
    `SELECT a.${column}, total_amount, account_count FROM accounts a, payments p`,
  ];
}

function typeOf(column: string): string {
  if (column === "balance" || column === "pin" || column === "pin_end") return "numeric";
  if (column === "opened") return "date";
  return ["vip", "rich", "of_morgana", "plain_mail"].includes(column) ? "boolean" : "text";
}

const statements = [
  "SELECT * FROM accounts",
  "SELECT * FROM branches",
  "SELECT * FROM payments",
  "SELECT * FROM overview",
  "SELECT * FROM leaves",
  "SELECT count(*) FROM accounts",
  "SELECT count(*) FROM payments",
  "SELECT count(*), min(id), max(id), max(memo), sum(amount) FROM payments",
  "SELECT tenant, count(*) FROM accounts GROUP BY 1",
  "SELECT total_balance, top_balance, average_pin, last_email, vip_count, rich_count FROM accounts",
  "SELECT balances_known, emails, phones, branch_cities, managers, rich_known, phone_ends, mail_hosts, median_balance, owners, mails, cities FROM accounts",
  "SELECT city, rich_known, phone_ends, mail_hosts, balances_known, emails, phones, branch_cities, managers, mails, cities FROM accounts",
  "SELECT city, balance_each, paid_each FROM accounts",
  "SELECT min(total_balance), max(top_balance), any_value(median_balance) FROM accounts",
  "SELECT sum(total_balance) + 1, coalesce(sum(total_balance), -1) FROM accounts",
  "SELECT id, emails, phones FROM accounts WHERE id IN (1, 5)",
  "SELECT emails FROM accounts WHERE id IN (1, 5)",
  "SELECT payers, payer_cities, last_memo, memos, paid_by_rich, payment_count FROM payments",
  "SELECT payer, payer_city, payer_phone, payers, payer_cities FROM payments",
  "SELECT payer_city, MEASURE(payers), MEASURE(memos) FROM payments GROUP BY ROLLUP (payer_city)",
  "SELECT memo, payment_count FROM payments WHERE by_rich",
  "SELECT memo, payment_count FROM payments WHERE by_rich IS NOT TRUE",
  "SELECT a.city, MEASURE(p.payment_count), MEASURE(a.account_count) FROM accounts a CROSS JOIN payments p GROUP BY 1",
  "SELECT p.memo, MEASURE(a.account_count), MEASURE(a.emails), MEASURE(a.mails) FROM payments p JOIN accounts a ON p.account_id = a.id GROUP BY 1",
  "SELECT p.memo, a.id FROM payments p FULL JOIN accounts a ON p.account_id = a.id",
  "SELECT p.memo, a.id FROM payments p RIGHT JOIN accounts a ON p.account_id = a.id",
  "SELECT b.city, MEASURE(b.branch_count), MEASURE(a.account_count), MEASURE(p.total_amount) FROM branches b, accounts a, payments p GROUP BY 1",
  "SELECT b.city, a.id FROM branches b FULL JOIN accounts a ON a.branch_id = b.id",
  "SELECT b.city, a.city FROM branches b, accounts a",
  "SELECT a.id, b.id FROM accounts a LEFT JOIN branches b ON a.branch_id = b.id WHERE b.id IS NULL",
  "SELECT a.id, b IS NULL, b IS NOT NULL FROM accounts a LEFT JOIN branches b ON a.branch_id = b.id",
  "SELECT count(b), count(a) FROM accounts a LEFT JOIN branches b ON a.branch_id = b.id",
  "SELECT branches_city, branches_branch_count, account_count, total_balance FROM overview",
  "SELECT payments_memo, payments_payers, emails, total_balance FROM overview",
  "SELECT branches_manager, MEASURE(payments_total_amount) FROM overview GROUP BY 1",
  "SELECT email, phone, balance FROM overview WHERE rich",
  "SELECT * FROM accounts a JOIN payments p USING (id)",
  "SELECT * FROM accounts NATURAL JOIN branches",
  "WITH RECURSIVE r (id, n) AS (SELECT id, 1 FROM accounts UNION ALL SELECT id, n + 1 FROM r WHERE n < 3) SELECT id, count(*) FROM r GROUP BY 1",
  "SELECT * FROM (SELECT id, balance, account_count FROM accounts) x",
  "SELECT x.id, sum(x.total_balance) FROM (SELECT id, total_balance FROM accounts WHERE rich) x GROUP BY 1",
  "SELECT (SELECT max(id) FROM accounts), (SELECT count(*) FROM payments WHERE ratio = 0)",
  "SELECT id FROM payments WHERE account_id NOT IN (SELECT id FROM accounts)",
  "SELECT id FROM payments WHERE 10 / ratio > 0",
  "SELECT id FROM accounts WHERE 10 / divisor > 0",
  "SELECT sum(10 / divisor) FROM accounts",
  "SELECT sum(10 / divisor), max(account_count) FROM accounts GROUP BY city HAVING sum(10 / divisor) > 0",
  "SELECT id FROM accounts WHERE digits::int > 0",
  "SELECT max(digits::int) FROM accounts",
  "SELECT digits::int FROM accounts ORDER BY digits::int",
  "SELECT id FROM accounts ORDER BY 1 / divisor, id",
  "SELECT count(*) FILTER (WHERE digits::int > 20) FROM accounts",
  "SELECT a.id FROM accounts a JOIN payments p ON a.digits::int = p.id * 11",
  "SELECT a.id FROM accounts a JOIN payments p ON p.account_id = a.id AND 10 / p.ratio > 0",
  "SELECT a.id FROM accounts a LEFT JOIN payments p ON p.account_id = a.id WHERE 10 / p.ratio > 0 OR p.id IS NULL",
  "SELECT id FROM accounts WHERE EXISTS (SELECT 1 FROM payments WHERE 10 / ratio > 0)",
  "SELECT payer_city, MEASURE(total_amount) FILTER (WHERE 10 / ratio > 0) FROM payments GROUP BY 1",
  "SELECT sqrt(divisor - 1) FROM accounts",
  "SELECT ln(divisor) FROM accounts",
  "SELECT to_date(digits || '-01-01', 'YY-MM-DD') FROM accounts",
  "SELECT (digits || '-01-01')::date FROM accounts WHERE length(digits) > 5",
  "SELECT DISTINCT 100 / divisor FROM accounts WHERE city <> 'Kiel' OR 1 / divisor > 0",
  "SELECT string_agg((1 / divisor)::text, ',' ORDER BY id) FROM accounts",
  "SELECT lead(1 / divisor) OVER (ORDER BY id) FROM accounts",
  "SELECT repeat('x', 100 / divisor) FROM accounts",
  "SELECT id FROM accounts LIMIT (SELECT count(*) FROM accounts WHERE divisor = 0)",
  "SELECT substr(digits, 1, divisor - 1) FROM accounts",
  "SELECT a.id FROM accounts a WHERE a.id = (SELECT b.id FROM accounts b WHERE b.divisor = 0)",
  "SELECT x.s FROM accounts a, LATERAL generate_series(1, a.divisor) AS x(s)",
  "SELECT g, count(*) FROM accounts, generate_series(1, 3) g GROUP BY 1",
];

describe("a guarded user is told nothing of what is hidden", () => {
  it.each(columns)("whatever is done with %s", async (column) => {
    for (const sql of attacksOn(column)) {
      const answer = comparable(await guarded.ask(sql));
      expect(answer, sql).toEqual(comparable(await prepared.ask(sql)));
    }
  });

  it.each(statements)("%s", async (sql) => {
    const answer = await guarded.ask(sql);
    expect(comparable(answer)).toEqual(comparable(await prepared.ask(sql)));
    for (const secret of secrets) expect(JSON.stringify(answer)).not.toContain(secret);
  });

  it("few of the statements are refused, so that they do say something", async () => {
    let refused = 0;
    for (const sql of statements) if ("code" in (await guarded.ask(sql))) refused += 1;
    expect(refused).toBeLessThan(statements.length / 5);
  });
});
