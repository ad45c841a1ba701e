// A lens with every kind of mask and forced segment, and its twin: the same model without any of them over data prepared
// beforehand, where hidden rows are gone and masked columns hold what their masks yield. What a guarded user sees must
// be what anybody sees of the twin.
import type { AttackLens } from "./attack-server.ts";

/** Values that no guarded user may ever be shown, or told from one another. */
export const secrets = [
  "zelda@secret.example",
  "bob@plain.example",
  "+49-151-7777",
  "+49-151-1111",
  "Zelda",
  "Morgana",
  "777777",
  "tenant-b",
  "7654.25",
  "1977-07-07",
  "shadow",
] as const;

const base = `
CREATE TABLE raw_branches (id INTEGER, city VARCHAR, manager VARCHAR, tenant VARCHAR, budget INTEGER);
INSERT INTO raw_branches VALUES
  (1, 'Bonn', 'Morgana', 'tenant-a', 500), (2, 'Ulm', 'Nils', 'tenant-a', 600), (3, 'Jena', 'Otto', 'tenant-b', 777777);
CREATE TABLE raw_accounts (id INTEGER, branch_id INTEGER, tenant VARCHAR, owner VARCHAR, email VARCHAR, phone VARCHAR,
  balance DECIMAL(12,2), opened DATE, vip BOOLEAN, pin INTEGER, city VARCHAR, divisor INTEGER, digits VARCHAR);
INSERT INTO raw_accounts VALUES
  (1, 1, 'tenant-a', 'Anna', 'anna@plain.example', '+49-151-1111', 100.50, '2020-01-01', false, 1234, 'Bonn', 1, '11'),
  (2, 1, 'tenant-a', 'Bob', 'bob@plain.example', '+49-151-2222', 7654.25, '1977-07-07', true, 777777, 'Bonn', 2, '22'),
  (3, 2, 'tenant-a', 'Zelda', 'zelda@secret.example', '+49-151-7777', 50.00, '2021-05-05', false, 9999, 'Ulm', 3, '33'),
  (4, 2, 'tenant-a', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'Ulm', 4, '44'),
  (5, 3, 'tenant-a', 'Carl', 'anna@plain.example', '+49-151-1111', 100.50, '2020-01-01', true, 1234, 'Jena', 5, '55'),
  (6, 3, 'tenant-b', 'Mallory', 'mallory@evil.example', '+49-151-6666', 666.00, '2016-06-06', true, 6666, 'Jena', 0, 'x6'),
  (7, 1, 'tenant-b', 'Trent', 'trent@evil.example', '+49-151-5555', 999999.00, '2015-05-05', false, 5555, 'Kiel', 0, 'shadow'),
  (8, NULL, NULL, 'Nobody', 'no@evil.example', '+49-151-8888', 1.00, '2014-04-04', true, 8888, 'Kiel', 0, 'y8');
CREATE TABLE raw_payments (id INTEGER, account_id INTEGER, amount INTEGER, memo VARCHAR, paid_at TIMESTAMP, ratio INTEGER);
INSERT INTO raw_payments VALUES
  (1, 1, 10, 'rent', '2024-01-01', 1), (2, 1, 20, 'food', '2024-01-02', 2), (3, 2, 30, 'rent', '2024-02-01', 3),
  (4, 3, 40, 'gift', '2024-02-02', 4), (5, 5, 50, 'food', '2024-03-01', 5), (6, 6, 6000, 'shadow', '2024-03-02', 0),
  (7, 7, 7000, 'shadow', '2024-04-01', 0), (8, 99, 8000, 'lost', '2024-04-02', 0), (9, NULL, 9000, 'void', '2024-05-01', 0);
`;

const guardedTables = `
CREATE TABLE branches AS SELECT *, id AS key FROM raw_branches;
CREATE TABLE accounts AS SELECT *, email AS email_of_count, phone AS phone_of_count, balance AS balance_of_count,
  split_part(email, '@', 2) AS domain, id AS key, pin % 10 AS pin_end FROM raw_accounts;
CREATE TABLE payments AS SELECT * FROM raw_payments;
`;

/** Forced segments as WHERE, masks as values; columns of raw counts and of keys stay. */
const preparedTables = `
CREATE TABLE branches AS SELECT id, city, '--redact--' AS manager, tenant, NULL::INTEGER AS budget, id AS key
  FROM raw_branches WHERE tenant = 'tenant-a';
CREATE TABLE accounts AS SELECT id, branch_id, tenant, '--redact--' AS owner, md5(email) AS email,
  '--redact--' AS phone, NULL::DECIMAL(12,2) AS balance, NULL::DATE AS opened, NULL::BOOLEAN AS vip,
  NULL::INTEGER AS pin, city, divisor, digits, email AS email_of_count, phone AS phone_of_count,
  balance AS balance_of_count, md5(split_part(md5(email), '@', 2)) AS domain, id AS key, NULL::INTEGER AS pin_end
  FROM raw_accounts WHERE upper(tenant) LIKE '%-A' AND length(city) > 0;
CREATE TABLE payments AS SELECT p.* FROM raw_payments p JOIN raw_accounts r ON r.id = p.account_id
  WHERE r.tenant = 'tenant-a';
`;

const secure = (func: string) => `meta: {secure: {func: ${func}, user_groups: [guarded]}}`;
const forced = `meta: {secure: {user_groups: [guarded]}}`;

/** A mask on nobody: "check" asks for it where a member reads a column behind a masked expression. */
const everybody = "meta: {secure: {func: redact, user_groups: []}}";

/** `guarded`: with masks and forced segments. Lines that begin with `?` are theirs alone. */
function tablesOf(guarded: boolean): string {
  /** A number that is NULL for the guarded. */
  const nulled = (name: string, text: string) =>
    guarded ? `{name: ${name}, ${text}}` : `{name: ${name}, type: max, sql: "CAST(NULL AS BIGINT)"}`;
  const text = `
tables:
  - name: branches
    sql: SELECT * FROM branches
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: city, type: string, column: city}
      - name: manager
        type: string
        column: manager
?        ${secure("redact")}
      - name: budget
        type: number
        sql: "{TABLE}.budget"
?        ${secure("redact")}
    measures:
      - {name: branch_count, type: count}
      - {name: total_budget, type: sum, sql: "{budget}"}
    segments:
      - {name: rich, sql: "{TABLE}.budget > 550"}
?      - {name: own_branches, public: false, sql: "{TABLE}.tenant = 'tenant-a'", ${forced}}
  - name: accounts
    sql: SELECT * FROM accounts
    joins:
      - {name: branches, relationship: many_to_one, sql: "{TABLE.branch_id} = {branches.id}"}
      - {name: payments, relationship: one_to_many, sql: "{TABLE.id} = {payments.account_id}"}
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: branch_id, type: number, column: branch_id}
      - {name: tenant, type: string, column: tenant}
      - {name: city, type: string, column: city}
      - {name: divisor, type: number, column: divisor}
      - {name: digits, type: string, column: digits}
      - name: owner
        type: string
        column: owner
?        ${secure("redact")}
      - name: email
        type: string
        sql: "{TABLE}.email"
?        ${secure("md5")}
      - name: phone
        type: string
        column: phone
?        ${secure("redact")}
      - name: balance
        type: number
        sql: balance
?        ${secure("redact")}
      - name: opened
        type: time
        column: opened
?        ${secure("redact")}
      - name: vip
        type: boolean
        column: vip
?        ${secure("redact")}
      - name: pin
        type: number
        column: PIN
?        ${secure("redact")}
      - name: pin_end
        type: number
        sql: "${guarded ? "{TABLE}.pin % 10" : "{TABLE}.pin_end"}"
?        ${secure("redact")}
      - name: domain
        type: string
        sql: "${guarded ? "split_part({TABLE}.email, '@', 2)" : "{TABLE}.domain"}"
?        ${secure("md5")}
      - {name: phone_copy, type: string, sql: "{phone}"}
      - {name: phone_end, type: string, sql: "right(phone, 4)", ${everybody}}
      - {name: owner_mail, type: string, sql: "{TABLE}.\\"OWNER\\" || ':' || accounts.EMAIL", ${everybody}}
      - {name: manager, type: string, sql: "{branches.manager}"}
      - {name: branch_city, type: string, sql: "{branches.city}"}
      - name: band
        type: string
        case: {when: [{sql: "{TABLE}.balance > 1000", label: high}, {sql: "{balance} > 70", label: mid}], else: {label: low}}
    measures:
      - {name: account_count, type: count}
      - {name: total_balance, type: sum, sql: "{balance}"}
      - {name: top_balance, type: max, sql: "{TABLE}.balance"}
      - {name: average_pin, type: avg, sql: pin, ${everybody}}
      - {name: last_email, type: max, sql: "{email}"}
      - ${nulled("vip_count", 'type: count, filters: [{sql: "{TABLE}.vip"}]')}
      - ${nulled("rich_count", 'type: count, filters: [{sql: "{rich}"}]')}
      - {name: balances_known, type: count, sql: "{TABLE}.balance_of_count"}
      - {name: emails, type: count_distinct, sql: "{TABLE}.email_of_count"}
      - {name: phones, type: count_distinct, sql: "{TABLE}.phone_of_count"}
      - {name: branch_cities, type: count_distinct, sql: "{branches.city}"}
      - ${nulled("managers", 'type: count_distinct, sql: "{branches.manager}"')}
      - ${nulled("rich_known", 'type: count, sql: "CASE WHEN {TABLE}.balance > 1000 THEN 1 END"')}
      - ${nulled("phone_ends", 'type: count_distinct, sql: "{phone_end}"')}
      - {name: mail_hosts, type: count_distinct, sql: "split_part({email}, '@', 2)", ${everybody}}
      - {name: median_balance, type: number, sql: "median({TABLE}.balance)"}
      - ${guarded ? `{name: owners, type: string, sql: "string_agg({owner}, ',' ORDER BY {TABLE}.id)"}` : '{name: owners, type: max, sql: "CAST(NULL AS VARCHAR)"}'}
      - {name: mails, type: string, sql: "string_agg({email}, ',' ORDER BY id)"}
      - {name: cities, type: string, sql: "string_agg(DISTINCT city, ',' ORDER BY city)"}
      - {name: balance_each, type: number, sql: "{total_balance} / {account_count}"}
      - {name: paid_each, type: number, sql: "{payments.total_amount} * 1.0 / {account_count}"}
    segments:
      - {name: rich, sql: "{TABLE}.balance > 1000"}
      - {name: of_morgana, sql: "{branches.manager} = 'Morgana'"}
      - {name: plain_mail, sql: "email LIKE '%plain.example'", meta: {secure: {user_groups: []}}}
      - {name: here, sql: "{TABLE}.city = 'Bonn'"}
?      - {name: own_tenant, public: false, sql: "upper({TABLE}.tenant) LIKE '%-A'", ${forced}}
?      - {name: own_city, public: false, sql: "length({city}) > 0", ${forced}}
  - name: payments
    sql: SELECT * FROM payments
    joins:
      - {name: accounts, relationship: many_to_one, sql: "{TABLE.account_id} = {accounts.id}"}
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: account_id, type: number, column: account_id}
      - {name: amount, type: number, column: amount}
      - {name: memo, type: string, column: memo}
      - {name: ratio, type: number, column: ratio}
      - {name: paid_at, type: time, column: paid_at}
      - {name: payer, type: string, sql: "{accounts.email}"}
      - {name: payer_city, type: string, sql: "{accounts.city}"}
      - name: payer_phone
        type: string
        sql: "${guarded ? "{accounts.phone}" : "md5({accounts.phone})"}"
?        ${secure("md5")}
    measures:
      - {name: payment_count, type: count}
      - {name: total_amount, type: sum, sql: "{amount}"}
      - {name: payers, type: count_distinct, sql: "{accounts.email}"}
      - {name: payer_cities, type: count_distinct, sql: "{accounts.city}"}
      - {name: last_memo, type: max, sql: "{memo}"}
      - {name: memos, type: string, sql: "string_agg({memo}, ',' ORDER BY {TABLE}.id)"}
      - {name: paid_by_rich, type: sum, sql: "{amount}", filters: [{sql: "{accounts.balance} > 1000"}]}
    segments:
      - {name: by_rich, sql: "{accounts.balance} > 1000"}
?      - {name: own_payments, public: false, sql: "{accounts.tenant} = 'tenant-a'", ${forced}}
`;
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith("?") ? (guarded ? [line.slice(1)] : []) : [line]))
    .join("\n");
}

const views = `
views:
  - name: overview
    tables:
      - {join_path: accounts, includes: [id, email, phone, balance, city, account_count, total_balance, emails, rich]}
      - {join_path: accounts.branches, prefix: true, includes: [manager, city, branch_count]}
      - {join_path: accounts.payments, prefix: true, includes: [memo, amount, payment_count, total_amount, payers]}
  - name: leaves
    tables:
      - {join_path: branches, includes: [city, branch_count]}
`;

const groups = `
user_groups:
  - {name: guarded, api_scopes: [data, meta], includes: ["roles:id:guarded"]}
  - {name: hidden_source, api_scopes: [data], includes: ["roles:id:plain"]}
  - {name: meta_only, api_scopes: [meta], includes: ["roles:id:meta"]}
  - {name: no_scopes, api_scopes: [], includes: ["roles:id:nothing"]}
  - {name: open, includes: ["roles:id:open"]}
`;

function lens(name: string, guarded: boolean): AttackLens {
  return {
    name,
    files: {
      "tables/vault.yml": tablesOf(guarded),
      "views/views.yml": views,
      "user_groups.yml": groups,
    },
    setUp: `${base}${guarded ? guardedTables : preparedTables}`,
  };
}

export const vault = lens("vault", true);
/** Ask it as anybody: nothing is masked or forced there. */
export const twin = lens("twin", false);

export const vaultUsers = {
  guarded: ["guarded"],
  open: ["open"],
  plain: ["plain"],
  meta: ["meta"],
  nothing: ["nothing"],
  stranger: ["somewhere"],
} as const;
