// The attacker wants the text behind a mask, and guesses it character by character: by whatever tells whether a row is
// found, in which order, in which group, joined to what, or failing. The same program finds it where nothing is masked.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";

const secret = "Zelda";

/** Each is a statement whose answer is another one where the owner of account 3 begins with the guess. */
const oracles: Readonly<Record<string, (guess: string) => string>> = {
  "a filter": (guess) => `SELECT 1 FROM accounts WHERE id = 3 AND owner LIKE '${guess}%'`,
  "a comparison": (guess) =>
    `SELECT 1 FROM accounts WHERE id = 3 AND left(owner, ${guess.length}) = '${guess}'`,
  "a regular expression": (guess) => `SELECT 1 FROM accounts WHERE id = 3 AND owner ~ '^${guess}'`,
  "an order": (guess) =>
    `SELECT id FROM accounts ORDER BY owner LIKE '${guess}%' DESC NULLS LAST, id LIMIT 1`,
  "an order in a union": (guess) =>
    `SELECT o FROM (SELECT id AS o, owner LIKE '${guess}%' AS hit FROM accounts) x ORDER BY hit DESC NULLS LAST, o LIMIT 1`,
  "a CASE": (guess) => `SELECT sum(CASE WHEN owner LIKE '${guess}%' THEN 1 ELSE 0 END) FROM accounts`,
  "a group": (guess) => `SELECT count(*) FROM accounts GROUP BY owner LIKE '${guess}%' ORDER BY 1`,
  "a HAVING": (guess) =>
    `SELECT 1 FROM accounts HAVING max(CASE WHEN owner LIKE '${guess}%' THEN 1 ELSE 0 END) = 1`,
  "a FILTER": (guess) => `SELECT count(*) FILTER (WHERE owner LIKE '${guess}%') FROM accounts`,
  "a measure's FILTER": (guess) =>
    `SELECT MEASURE(account_count) FILTER (WHERE owner LIKE '${guess}%') FROM accounts`,
  "a window": (guess) =>
    `SELECT count(*) OVER (PARTITION BY owner LIKE '${guess}%') FROM accounts ORDER BY id`,
  "a join": (guess) =>
    `SELECT count(*) FROM accounts a JOIN (VALUES ('${guess}')) v (g) ON left(a.owner, length(v.g)) = v.g`,
  "a join through the model": (guess) =>
    `SELECT MEASURE(account_count) FROM accounts CROSS JOIN branches WHERE accounts.owner LIKE '${guess}%'`,
  "an IN": (guess) =>
    `SELECT 1 FROM accounts WHERE id = 3 AND left(owner, ${guess.length}) IN (${Array.from({ length: 20 }, () => `'${guess}'`).join(", ")})`,
  "an EXISTS": (guess) => `SELECT EXISTS (SELECT 1 FROM accounts WHERE owner LIKE '${guess}%')`,
  "a DISTINCT": (guess) =>
    `SELECT DISTINCT owner LIKE '${guess}%' FROM accounts WHERE owner IS NOT NULL ORDER BY 1`,
  "an error": (guess) =>
    `SELECT 1 / (CASE WHEN owner LIKE '${guess}%' THEN 0 ELSE 1 END) FROM accounts WHERE id = 3`,
  "a failing cast": (guess) =>
    `SELECT (CASE WHEN owner LIKE '${guess}%' THEN 'x' ELSE '1' END)::int FROM accounts WHERE id = 3`,
  "a number of rows": (guess) =>
    `SELECT g FROM accounts, generate_series(1, CASE WHEN owner LIKE '${guess}%' THEN 3 ELSE 1 END) g WHERE id = 3`,
  "EXPLAIN ANALYZE": (guess) =>
    `EXPLAIN (ANALYZE, FORMAT JSON) SELECT 1 FROM accounts WHERE owner LIKE '${guess}%'`,
  "another mask's digest": (guess) =>
    `SELECT 1 FROM accounts WHERE id = 3 AND md5(left(owner, ${guess.length})) = md5('${guess}')`,
  "a copy of the column": (guess) =>
    `WITH c AS MATERIALIZED (SELECT id, owner || '' AS o FROM accounts) SELECT 1 FROM c WHERE id = 3 AND o LIKE '${guess}%'`,
};

let server: AttackServer;
let clients: Readonly<Record<"open" | "guarded", AttackClient>>;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  clients = { open: await server.connect("open"), guarded: await server.connect("guarded") };
});
afterAll(async () => {
  await clients?.open.end();
  await clients?.guarded.end();
  await server?.stop();
});

/** The rows that EXPLAIN ANALYZE counts: all else in a plan (times) is another one each time. */
async function answered(client: AttackClient, sql: string): Promise<string> {
  const answer = JSON.stringify(await client.ask(sql));
  return sql.startsWith("EXPLAIN") ? String(/Rows\W+(\d+)/.exec(answer)?.[1]) : answer;
}

/** As much of the secret as the oracle tells: each next character whose answer differs from that of a wrong guess. */
async function extracted(client: AttackClient, oracle: (guess: string) => string): Promise<string> {
  let known = "";
  while (known.length < secret.length) {
    const wrong = await answered(client, oracle(`${known}7`));
    const hits: string[] = [];
    // Two wrong guesses and the right one are enough to see a difference, and keep the test short.
    for (const letter of ["q", "Q", secret[known.length] as string])
      if ((await answered(client, oracle(known + letter))).replaceAll(letter, "7") !== wrong)
        hits.push(letter);
    if (hits.length !== 1) return known;
    known += hits[0];
  }
  return known;
}

describe("an owner is found letter by letter, and not behind its mask, by", () => {
  it.each(Object.entries(oracles))("%s", async (_, oracle) => {
    expect(await extracted(clients.open, oracle)).toBe(secret);
    expect(await extracted(clients.guarded, oracle)).toBe("");
  });
});

describe("the order of masked rows does not follow what is masked", () => {
  it.each(["owner", "phone", "balance", "opened", "pin", "vip", "pin_end"])("%s", async (column) => {
    const sql = (direction: string) =>
      `SELECT id FROM accounts WHERE ${column} IS NOT NULL ORDER BY ${column} ${direction}, id`;
    const ask = async (client: AttackClient) => [await client.ask(sql("ASC")), await client.ask(sql("DESC"))];
    const [up, down] = await ask(clients.guarded);
    expect(up).toEqual(down);
    const [openUp, openDown] = await ask(clients.open);
    expect(openUp).not.toEqual(openDown);
  });
});
