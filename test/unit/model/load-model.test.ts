import { expect, test } from "vitest";
import type { LinkedModel, LinkedTable } from "../../../src/model/model.ts";
import { type Files, load } from "./model-problems.ts";

const files: Files = {
  "sqls/customers.sql": "SELECT *\nFROM raw.customers; -- all of them\n",
  "sqls/transactions.sql": "SELECT * FROM raw.transactions",
  "tables/customers.yaml": `{# Customers of the bank. #}
{% set zones = ['north', 'south'] %}
{%- macro flag(name) -%}
"{TABLE}.{{ name }} is not null"
{%- endmacro %}
tables:
  - name: customers
    sql: {{ load_sql('customers') }}
    description: One row per customer
    data_source: icebase
    meta: {export_to_board: false}
    joins:
      - name: transactions
        relationship: one-to-many
        sql: "{TABLE.customer_id} = {transactions.customer_id} AND ({TABLE}.region = {transactions}.region)"
    dimensions:
      - {name: customer_id, type: number, column: customer_id, primary_key: true}
      - {name: region, type: string, sql: "{TABLE.region}"}
      - name: phone
        type: string
        sql: phone
        meta:
          secure:
            func: redact
            user_groups: {includes: "*", excludes: [admin]}
      - name: email
        type: string
        sql: "{TABLE}.email"
        meta: {secure: {func: md5, user_groups: [analyst]}}
      - name: initials
        type: string
        sql: "left({customers.region}, 1)"
        public: false
      - name: size
        type: string
        case:
          when:
            - {sql: "{TABLE}.balance > 1000", label: big}
          else: {label: small}
      - name: spent
        type: number
        sub_query: true
        sql: "{transactions.amount}"
        propagate_filters_to_sub_query: true
      - {name: spent_more, type: boolean, sql: "{spent} > 10"}
    measures:
      - {name: count, type: count}
      - {name: phones, type: count_distinct, sql: "{TABLE}.phone"}
      - {name: phones_approx, type: count_distinct_approx, sql: "{TABLE}.phone"}
      - {name: total_balance, type: sum, sql: balance, format: currency, drillMembers: [region]}
      - {name: mean_balance, type: avg, sql: "{TABLE}.balance"}
      - {name: least, type: min, sql: "{TABLE}.balance"}
      - {name: most, type: max, sql: "{TABLE}.balance"}
      - name: share
        type: number
        sql: "{total_balance} / NULLIF({transactions.amount}, 0)"
        meta: {secure: {func: redact, user_groups: [viewer]}}
      - {name: heavy, type: number, sql: "sum({TABLE}.balance) filter (where {TABLE}.balance > 10)"}
      - {name: names, type: string, sql: "string_agg(name, ',')"}
      - {name: last_seen, type: time, sql: "max(seen_at)"}
      - {name: any_open, type: boolean, sql: "bool_or(is_open)"}
      - name: recent
        type: sum
        sql: "{TABLE}.balance"
        filters:
          - sql: "{TABLE}.seen_at > DATE '2024-01-01'"
          - sql: "{region} = 'north'"
      - {name: rolling, type: sum, sql: balance, rolling_window: {trailing: 30 day, offset: start}}
      - {name: rolling_twice, type: number, sql: "{rolling} * 2"}
      - {name: running, type: count, rollingWindow: {trailing: unbounded}}
      - {name: around, type: max, sql: balance, rolling_window: {trailing: 2 Quarters, leading: 36  hours, offset: end}}
      - {name: lagged, type: count, rolling_window: {trailing: -1 week, leading: 2 week, type: fixed}}
      - {name: to_date, type: number, sql: "{total_balance} * 1", rolling_window: {type: to_date, granularity: quarter}}
      - {name: numbered, type: number, sql: "row_number() over (order by balance)", rolling_window: {offset: start}}
      - {name: numbered_twice, type: number, sql: "{numbered} * 2"}
    segments:
{%- for zone in zones %}
      - name: {{ zone }}_only
        sql: "{region} = '{{ zone }}'"
        meta: {secure: {user_groups: {includes: [{{ zone }}_team]}}}
{%- endfor %}
      - name: reachable
        sql: {{ flag('phone') }}
`,
  "tables/transactions.yml": `
tables:
  - name: transactions
    sql: load_sql('transactions')
    joins:
      - name: branches
        relationship: many_to_one
        sql: "{TABLE}.branch_id = {branches}.branch_id"
    dimensions:
      - {name: transaction_id, type: number, column: transaction_id, primary_key: true}
      - {name: line, type: number, column: line, primary_key: true}
      - {name: customer_id, type: number, column: customer_id}
      - {name: branch_name, type: string, sql: "{branches.name}"}
    measures:
      - {name: amount, type: sum, sql: "{TABLE}.amount"}
  - name: branches
    public: false
    sql: |
      SELECT * FROM raw.branches -- a comment
      ;
    dimensions:
      - {name: branch_id, type: number, column: branch_id, primary_key: true}
      - {name: name, type: string, column: name}
views:
  - name: mixed
    tables:
      - {join_path: branches, includes: "*"}
`,
  "views/overview.yml": `
views:
  - name: overview
    description: Both
    tables:
      - join_path: customers
        includes: "*"
        excludes: [phone, count]
      - join_path: customers.transactions
        prefix: true
        includes: [amount, branch_name]
      - join_path: branches
        prefix: true
        includes: [name]
`,
  "user_groups.yml": `
user_groups:
  - name: admin
    includes: users:id:mira
  - name: north_team
    api_scopes: [data, job]
    includes: [roles:id:north, users:id:tomas]
    excludes: [users:id:eva]
  - {name: south_team, includes: [roles:id:south]}
  - {name: analyst, allow_private_members_access: true, rateLimits: {requestsPerMinute: 5}}
  - {name: viewer, includes: ["*"]}
`,
};

async function good(): Promise<LinkedModel> {
  const { model, problems } = await load(files);
  expect(problems).toEqual([]);
  if (model === undefined) throw new Error("no model");
  return model;
}

function table(model: LinkedModel, name: string): LinkedTable {
  const found = model.tables.get(name);
  if (found === undefined) throw new Error(`no table ${name}`);
  return found;
}

test("a model has base SQL without comments and semicolons at its end, however it is loaded", async () => {
  const model = await good();
  expect(table(model, "customers").sql).toBe("SELECT *\nFROM raw.customers");
  expect(table(model, "transactions").sql).toBe("SELECT * FROM raw.transactions");
  expect(table(model, "branches").sql).toBe("SELECT * FROM raw.branches");
});

test("a model resolves references to dimensions, measures and columns, and none to the member itself", async () => {
  const customers = table(await good(), "customers");
  const sqlOf = (name: string) => {
    const source = customers.dimensions.find((dimension) => dimension.name === name)?.source;
    return source?.kind === "sql" ? source.sql.parts : undefined;
  };
  expect(sqlOf("region")).toEqual([{ kind: "column", table: "customers", name: "region" }]);
  expect(sqlOf("initials")).toEqual([
    "left(",
    { kind: "dimension", table: "customers", name: "region" },
    ", 1)",
  ]);
  expect(sqlOf("phone")).toEqual(["phone"]);
  expect(sqlOf("email")).toEqual([{ kind: "column", table: "customers", name: "email" }]);
  expect(customers.measures.find(({ name }) => name === "share")?.sql?.parts).toEqual([
    { kind: "measure", table: "customers", name: "total_balance" },
    " / NULLIF(",
    { kind: "measure", table: "transactions", name: "amount" },
    ", 0)",
  ]);
});

test("a model knows plain columns and what each text reads", async () => {
  const customers = table(await good(), "customers");
  const plain = Object.fromEntries(
    customers.dimensions.map((dimension) => [dimension.name, dimension.plainColumn]),
  );
  expect(plain).toEqual({
    customer_id: "customer_id",
    region: "region",
    phone: "phone",
    email: "email",
    initials: undefined,
    size: undefined,
    spent: undefined,
    spent_more: undefined,
  });
  const reads = Object.fromEntries(customers.measures.map((measure) => [measure.name, measure.sql?.reads]));
  expect(reads).toMatchObject({
    total_balance: ["balance"],
    heavy: ["balance"],
    share: [],
    count: undefined,
  });
});

test("a model has joins with their keys and composite primary keys", async () => {
  const model = await good();
  const [join] = table(model, "customers").joins;
  expect(join).toMatchObject({ from: "customers", to: "transactions", relationship: "one_to_many" });
  expect(join?.keys).toEqual([
    { from: { kind: "dimension", name: "customer_id" }, to: { kind: "dimension", name: "customer_id" } },
    { from: { kind: "column", name: "region" }, to: { kind: "column", name: "region" } },
  ]);
  expect(table(model, "transactions").primaryKey).toEqual(["transaction_id", "line"]);
});

test("a model tells measures with their own aggregate from calculated ones and raw aggregates", async () => {
  const customers = table(await good(), "customers");
  const forms = Object.fromEntries(customers.measures.map(({ name, form }) => [name, form]));
  expect(forms).toMatchObject({
    count: "aggregate",
    most: "aggregate",
    share: "calculated",
    heavy: "rawAggregate",
    names: "rawAggregate",
    last_seen: "rawAggregate",
    any_open: "rawAggregate",
  });
  expect(customers.measures.find(({ name }) => name === "recent")?.filters).toHaveLength(2);
});

test("a model has rolling windows in all their forms", async () => {
  const none = { months: 0, days: 0, micros: 0n };
  const windows = table(await good(), "customers").measures.flatMap(({ name, rollingWindow }) =>
    rollingWindow === undefined ? [] : [[name, rollingWindow]],
  );
  expect(Object.fromEntries(windows)).toEqual({
    rolling: { kind: "fixed", trailing: { ...none, days: 30 }, leading: none, offset: "start" },
    running: { kind: "fixed", trailing: "unbounded", leading: none, offset: "end" },
    around: {
      kind: "fixed",
      trailing: { ...none, months: 6 },
      leading: { ...none, micros: 129_600_000_000n },
      offset: "end",
    },
    lagged: { kind: "fixed", trailing: { ...none, days: -7 }, leading: { ...none, days: 14 }, offset: "end" },
    to_date: { kind: "toDate", granularity: "quarter" },
  });
});

test("a model leaves window functions as measures out, with all that reads them", async () => {
  const customers = table(await good(), "customers");
  const members = [...customers.dimensions, ...customers.measures];
  const reasons = members.flatMap(({ name, unavailable }) =>
    unavailable === undefined ? [] : [[name, unavailable]],
  );
  const numbered =
    "its sql holds a window function, which has a value per row of a result; write it in the statement instead";
  expect(Object.fromEntries(reasons)).toEqual({
    numbered,
    numbered_twice: `it reads "customers.numbered": ${numbered}`,
  });
});

test("a model has masks and row filters in all their forms", async () => {
  const customers = table(await good(), "customers");
  const secure = [...customers.dimensions, ...customers.measures, ...customers.segments].flatMap((member) =>
    member.secure === undefined
      ? []
      : [[member.name, member.secure.func, member.secure.includes, member.secure.excludes]],
  );
  expect(secure).toEqual([
    ["phone", "redact", "*", ["admin"]],
    ["email", "md5", ["analyst"], []],
    ["share", "redact", ["viewer"], []],
    ["north_only", undefined, ["north_team"], []],
    ["south_only", undefined, ["south_team"], []],
  ]);
});

test("a model has views with their join tree and members under the names that clients see", async () => {
  const view = (await good()).views.get("overview");
  expect(view?.root).toBe("customers");
  expect(view?.joins.map(({ from, to }) => `${from}-${to}`)).toEqual([
    "customers-transactions",
    "transactions-branches",
  ]);
  const names = view?.members.map(({ name }) => name) ?? [];
  expect(names.slice(0, 2)).toEqual(["customer_id", "region"]);
  expect(names).not.toContain("phone");
  expect(view?.members.slice(-3)).toEqual([
    { name: "transactions_amount", table: "transactions", member: "amount", kind: "measure" },
    { name: "transactions_branch_name", table: "transactions", member: "branch_name", kind: "dimension" },
    { name: "branches_name", table: "branches", member: "name", kind: "dimension" },
  ]);
});

test("a model has the groups in file order", async () => {
  const { groups } = await good();
  expect(groups.map(({ name, includes }) => [name, includes])).toEqual([
    ["admin", ["users:id:mira"]],
    ["north_team", ["roles:id:north", "users:id:tomas"]],
    ["south_team", ["roles:id:south"]],
    ["analyst", undefined],
    ["viewer", "*"],
  ]);
  expect(groups[1]?.apiScopes).toEqual(["data", "jobs"]);
  expect(groups[3]?.rateLimits?.requestsPerMinute).toBe(5);
  expect(groups[3]?.allowPrivateMembers).toBe(true);
});

test("a model says where each member stands in the file, also behind a loop", async () => {
  const customers = table(await good(), "customers");
  const places = customers.segments.map(
    ({ name, location }) => `${name} ${location.line}:${location.column}`,
  );
  const text = files["tables/customers.yaml"] ?? "";
  const lineOf = (needle: string) => text.slice(0, text.indexOf(needle)).split("\n").length;
  expect(places).toEqual([
    `north_only ${lineOf("{{ zone }}_only")}:15`,
    `south_only ${lineOf("{{ zone }}_only")}:15`,
    `reachable ${lineOf("reachable")}:15`,
  ]);
});
test("a model's version changes with any of its files", async () => {
  const one = (await good()).version;
  const { model } = await load({ ...files, "sqls/customers.sql": "SELECT * FROM raw.people" });
  expect(model?.version).toMatch(/^[0-9a-f]{64}$/);
  expect(model?.version).not.toBe(one);
});

test("without a group file there is one group, for everybody and all scopes", async () => {
  const { "user_groups.yml": _, ...others } = files;
  const { model, problems } = await load(others);
  expect(problems.every((problem) => problem.severity === "warning")).toBe(true);
  expect(model?.groups).toMatchObject([{ name: "default", includes: "*", apiScopes: undefined }]);
});
