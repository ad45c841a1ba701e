// The lineage of each column of a statement's result, derived by hand from the shop's model for every shape of SQL.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LineageUse } from "../../../src/column-lineage.ts";
import { type LensFixture, LensFixtures } from "../../support/lens-fixture.ts";
import { shopFiles, shopSetUp } from "../../support/shop-lens.ts";

let fixtures: LensFixtures;
let shop: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  shop = await fixtures.lens({ files: shopFiles, setUp: shopSetUp });
});
afterAll(async () => {
  await shop?.close();
  await fixtures?.close();
});

/** `name: direct | indirect` for each column, and what decides on rows under `rows`. */
async function lineage(sql: string, user = "analyst"): Promise<Record<string, string>> {
  const { columns, rows } = (await shop.user(user).compileSql(sql)).lineage;
  const shown = columns.map(({ name, direct, indirect }) => [
    name,
    [text(direct), text(indirect)].join(" | "),
  ]);
  return { ...Object.fromEntries(shown), rows: text(rows) };
}

function text(uses: readonly LineageUse[]): string {
  return uses
    .map(
      ({ member, column, use, masked }) =>
        `${member ?? `[${column}]`} ${use}${masked === undefined ? "" : ` ${masked}`}`,
    )
    .join(", ");
}

test("columns as they are, and expressions over them", async () => {
  expect(
    await lineage("SELECT zone, upper(name) || zone AS label, id::text AS key, 1 AS one FROM customers"),
  ).toEqual({
    zone: "customers.zone identity | ",
    label: "customers.name transformation, customers.zone transformation | ",
    key: "customers.id transformation | ",
    one: " | ",
    rows: "",
  });
});

test("a condition, a limit and an order decide on the rows of every column; a branch on its own", async () => {
  expect(
    await lineage(
      "SELECT name, CASE WHEN income > 9 THEN zone ELSE 'x' END AS c FROM customers WHERE region_id = 1 ORDER BY email LIMIT 2",
    ),
  ).toEqual({
    name: "customers.name identity | ",
    c: "customers.zone transformation | customers.income conditional",
    rows: "customers.email sort, customers.region_id filter",
  });
});

test("groups, measures over measures, FILTER and HAVING", async () => {
  expect(
    await lineage(
      `SELECT status, MEASURE(done_share), MEASURE(revenue) FILTER (WHERE store_id = 1) AS r, count(*) AS n, sum(amount) AS s
      FROM orders GROUP BY status HAVING MEASURE(order_count) > 0`,
    ),
  ).toEqual({
    status: "orders.status identity | ",
    done_share: "orders.done_share aggregation | ",
    r: "orders.revenue aggregation | orders.store_id filter",
    n: " | ",
    s: "orders.amount aggregation | ",
    rows: "orders.order_count filter, orders.status group",
  });
});

test("a join of the model, and a measure whose rows it multiplies", async () => {
  expect(
    await lineage(
      "SELECT orders.status, MEASURE(customers.total_income) FROM customers CROSS JOIN orders GROUP BY 1",
    ),
  ).toEqual({
    status: "orders.status identity | ",
    total_income: "customers.total_income aggregation | customers.id group",
    rows: "customers.id join, orders.customer_id join, orders.status group",
  });
});

test("a measure of one fact knows nothing of another fact", async () => {
  const found = await lineage(
    `SELECT customers.zone, MEASURE(orders.revenue), MEASURE(tickets.ticket_count)
    FROM customers CROSS JOIN orders CROSS JOIN tickets GROUP BY 1`,
  );
  expect(found["revenue"]).not.toContain("tickets");
  expect(found["ticket_count"]).not.toContain("orders");
  expect(found["revenue"]).toContain("orders.customer_id join");
  expect(found["rows"]).toBe("customers.zone group");
});

test("through common table expressions, subqueries and joins of the client's own", async () => {
  expect(
    await lineage(
      `WITH big AS (SELECT id, income * 2 AS doubled FROM customers WHERE zone = 'N'),
        unread AS (SELECT topic FROM tickets WHERE id = 1)
      SELECT b.doubled + 1 AS d, o.total FROM big b
      LEFT JOIN (SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id) o ON o.customer_id = b.id`,
    ),
  ).toEqual({
    d: "customers.income transformation | ",
    total: "orders.amount aggregation | ",
    rows: "customers.id join, customers.zone filter, orders.customer_id group, orders.customer_id join",
  });
});

test("a recursive common table expression carries what flows round in it", async () => {
  expect(
    await lineage(
      `WITH RECURSIVE walk(a, b, c) AS (
        SELECT id, name, zone FROM customers UNION ALL SELECT a + 1, c, b FROM walk WHERE a < 3)
      SELECT a, b FROM walk`,
    ),
  ).toEqual({
    a: "customers.id transformation | ",
    b: "customers.name identity, customers.zone identity | ",
    rows: "customers.id filter",
  });
});

test("arms of set operations", async () => {
  const arms = (operator: string) =>
    lineage(
      `SELECT name AS n, id FROM customers WHERE zone = 'N' ${operator} SELECT status, store_id FROM orders`,
    );
  expect(await arms("UNION ALL")).toEqual({
    n: "customers.name identity, orders.status identity | ",
    id: "customers.id identity, orders.store_id identity | ",
    rows: "customers.zone filter",
  });
  expect(await arms("UNION")).toEqual({
    n: "customers.name identity, orders.status identity | ",
    id: "customers.id identity, orders.store_id identity | ",
    rows: "customers.id group, customers.name group, customers.zone filter, orders.status group, orders.store_id group",
  });
  expect(await arms("EXCEPT")).toEqual({
    n: "customers.name identity | ",
    id: "customers.id identity | ",
    rows: "customers.id filter, customers.name filter, customers.zone filter, orders.status filter, orders.store_id filter",
  });
});

test("windows decide on their own column", async () => {
  expect(
    await lineage(
      `SELECT name, sum(income) OVER (PARTITION BY zone ORDER BY id) AS running,
        lag(email) OVER (ORDER BY region_id) AS before, row_number() OVER (ORDER BY name) AS place FROM customers`,
    ),
  ).toEqual({
    name: "customers.name identity | ",
    running: "customers.income aggregation | customers.id window, customers.zone window",
    before: "customers.email transformation | customers.region_id window",
    place: " | customers.name window",
    rows: "",
  });
});

test("subqueries in expressions decide on their own column, and in WHERE on rows", async () => {
  expect(
    await lineage(
      `SELECT name, (SELECT max(o.amount) FROM orders o WHERE o.customer_id = c.id) AS most,
        EXISTS (SELECT topic FROM tickets t WHERE t.customer_id = c.id) AS has, zone IN (SELECT region FROM regions) AS is_in
      FROM customers c WHERE region_id IN (SELECT id FROM regions WHERE region = 'coast')`,
    ),
  ).toEqual({
    name: "customers.name identity | ",
    most: "orders.amount aggregation | customers.id filter, orders.customer_id filter",
    has: " | customers.id filter, tickets.customer_id filter",
    is_in: "customers.zone transformation, regions.region transformation | ",
    rows: "customers.region_id filter, regions.id filter, regions.region filter",
  });
});

test("LATERAL, VALUES, functions in FROM, DISTINCT", async () => {
  expect(
    await lineage(
      `SELECT DISTINCT c.name, l.total, v.n FROM customers c
      CROSS JOIN LATERAL (SELECT sum(amount) AS total FROM orders WHERE customer_id = c.id) l
      JOIN (VALUES (1, 'a'), (2, 'b')) v(i, n) ON v.i = c.region_id`,
    ),
  ).toEqual({
    name: "customers.name identity | ",
    total: "orders.amount aggregation | ",
    n: " | ",
    rows: "customers.id filter, customers.name group, customers.region_id join, orders.amount group, orders.customer_id filter",
  });
  expect(
    await lineage("SELECT c.name, g FROM customers c CROSS JOIN LATERAL generate_series(1, c.region_id) g"),
  ).toEqual({
    name: "customers.name identity | ",
    g: "customers.region_id transformation | ",
    rows: "customers.region_id join",
  });
});

test("views show the members of their tables", async () => {
  expect(
    await lineage("SELECT customers_zone, kind, MEASURE(revenue) FROM sales WHERE done GROUP BY 1, 2"),
  ).toEqual({
    customers_zone: "customers.zone identity | ",
    kind: "stores.kind identity | ",
    revenue: "orders.revenue aggregation | ",
    rows:
      "customers.id join, customers.zone group, orders.customer_id join, orders.done filter, orders.store_id join, " +
      "stores.id join, stores.kind group",
  });
});

test("members that read other tables bring the keys of the joins to them", async () => {
  expect(await lineage("SELECT customer_zone FROM orders")).toEqual({
    customer_zone: "orders.customer_zone identity | customers.id join, orders.customer_id join",
    rows: "",
  });
  const { orders_made } = await lineage("SELECT orders_made FROM customers");
  expect(orders_made).toContain("customers.orders_made identity | ");
  expect(orders_made).toContain("orders.customer_id join");
});

test("rolling measures go by their time", async () => {
  const { running_revenue } = await lineage(
    "SELECT date_trunc('month', ordered_at) AS m, MEASURE(running_revenue) FROM orders GROUP BY 1",
  );
  expect(running_revenue).toMatch(/^orders\.running_revenue aggregation \| .*orders\.ordered_at join/);
});

test("masks are told of each column, and row filters decide on rows", async () => {
  expect(
    await lineage(
      "SELECT pan, email, mail_host, zone, MEASURE(secret_income), MEASURE(first_pan) FROM customers GROUP BY 1, 2, 3, 4",
      "north",
    ),
  ).toEqual({
    pan: "customers.pan identity redact | ",
    email: "customers.email identity md5 | ",
    mail_host: "customers.mail_host identity md5 | ",
    zone: "customers.zone identity | ",
    secret_income: "customers.secret_income aggregation redact | ",
    first_pan: "customers.first_pan aggregation redact | ",
    rows:
      "customers.email group md5, customers.mail_host group md5, customers.northern filter, customers.pan group redact, " +
      "customers.zone group",
  });
});

test("the base columns of each member named", async () => {
  const { members } = (
    await shop
      .user("north")
      .compileSql("SELECT mail_host, MEASURE(income_per_order) FROM customers GROUP BY 1")
  ).lineage;
  expect(Object.fromEntries(members.map(({ member, columns }) => [member, columns.join(" ")]))).toMatchObject(
    {
      "customers.mail_host": "customers.email",
      "customers.income_per_order": "customers.income",
      "customers.northern": "customers.zone",
    },
  );
});
