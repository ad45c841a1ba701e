// The built program over a PostgreSQL warehouse: checked, compiled, served, and refused when it cannot be reached.
import { readFile, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Credentials, RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { Program, runProgram } from "../support/program.ts";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type Folder, makeFolder } from "../unit/config/config-folder.ts";

const setUp = `
  CREATE SCHEMA sales;
  CREATE TYPE sales.channel AS ENUM ('web', 'shop');
  CREATE TABLE sales.customers (id int8 PRIMARY KEY, "Zone" text, email varchar(50), joined timestamptz, tags text[]);
  CREATE TABLE sales.orders (id int8 PRIMARY KEY, customer int8, amount numeric(12,2), channel sales.channel, at date);
  INSERT INTO sales.customers SELECT n, CASE n % 3 WHEN 0 THEN 'North' WHEN 1 THEN 'South' END, 'c' || n || '@example.com',
    TIMESTAMPTZ '2024-01-01 00:00:00+05:30' + n * INTERVAL '1 day', ARRAY['a' || n] FROM generate_series(1, 9) AS g (n);
  INSERT INTO sales.orders SELECT n, n % 9 + 1, n * 1.01, CASE WHEN n % 2 = 0 THEN 'web'::sales.channel ELSE 'shop' END,
    DATE '2024-01-01' + n FROM generate_series(1, 1000) AS g (n);
`;

/** What COPY answers: a message each. */
async function copied(
  target: Credentials & { readonly port: number },
  settings: Readonly<Record<string, string>>,
  sql: string,
): Promise<RawMessage[]> {
  const client = await RawClient.connect("127.0.0.1", target.port);
  try {
    await client.login(target, settings);
    client.sendQuery(sql);
    return await client.until("ReadyForQuery");
  } finally {
    client.destroy();
  }
}

const customers = `
tables:
  - name: customers
    sql: SELECT id, "Zone", email, joined, tags FROM sales.customers
    joins:
      - {name: orders, relationship: one_to_many, sql: "{customers.id} = {orders.customer}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, sql: '{TABLE}."Zone"'}
      - {name: email, type: string, column: Email, meta: {secure: {func: redact, user_groups: {includes: [clerk]}}}}
      - {name: joined, type: time, column: JOINED}
    measures:
      - {name: customer_count, type: count}
    segments:
      - {name: northern, sql: "\\"Zone\\" = 'North'", meta: {secure: {user_groups: {includes: [clerk]}}}}
`;

const orders = `
tables:
  - name: orders
    sql: SELECT * FROM sales.orders
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: customer, type: number, column: customer}
      - {name: channel, type: string, column: channel}
      - {name: at, type: time, column: at}
    measures:
      - {name: revenue, type: sum, sql: amount}
      - {name: average, type: avg, sql: amount}
`;

const groups = `
user_groups:
  - name: clerk
    includes: [users:id:clerk]
  - name: default
    includes: "*"
`;

const users = `
users:
  - {name: admin, password: admin}
  - {name: clerk, password: clerk, groups: [clerk]}
`;

let postgres: RealPostgres;
let folder: Folder;
let config: string;
beforeAll(async () => {
  postgres = await startRealPostgres();
  const client = new Client({ ...postgres });
  await client.connect();
  await client.query(setUp);
  await client.end();
  const { host, port, user, database } = postgres;
  folder = await makeFolder({
    "config.yaml": `
sources:
  - name: sales
    type: postgres
    url: postgres://${user}@${host}:${port}/${database}?sslmode=disable
    password: "\${file:password.txt}"
lenses:
  - {name: shop, model: model}
server: {port: 0}
admin: {port: 0}
auth: {users: users.yml}
`,
    "password.txt": postgres.password,
    "users.yml": users,
    "model/tables/customers.yml": customers,
    "model/tables/orders.yml": orders,
    "model/user_groups.yml": groups,
  });
  config = join(folder.path, "config.yaml");
});
afterAll(async () => {
  await postgres?.stop();
  await folder?.remove();
});

test("check asks the warehouse for types and keys", async () => {
  const { code, stdout } = await runProgram(["check", "--config", config]);
  expect(stdout).toContain("lenswire check: 1 lens, 2 tables, 0 views, 0 problems\n");
  expect(code).toBe(0);
});

test("check tells what PostgreSQL says of a member, at its place", async () => {
  const file = join(folder.path, "model/tables/orders.yml");
  await writeFile(
    file,
    orders.replace("sql: amount}\n      - {name: average", "sql: amuont}\n      - {name: average"),
  );
  const { code, stdout } = await runProgram(["check", "--config", config]);
  await writeFile(file, orders);
  expect(stdout).toMatch(
    /orders\.yml:11:\d+: the warehouse refuses measure "revenue": column "amuont" does not exist/,
  );
  expect(code).toBe(1);
});

test("compile shows PostgreSQL's SQL", async () => {
  const { code, stdout } = await runProgram(
    ["compile", "--config", config, "--user", "clerk"].concat(
      "SELECT zone, revenue FROM customers CROSS JOIN orders",
    ),
  );
  expect(code).toBe(0);
  expect(stdout).toContain("sales.customers");
  expect(stdout).not.toContain("DOUBLE)");
});

describe("served", () => {
  let program: Program;
  let port: number;
  beforeAll(async () => {
    program = new Program(["serve", "--config", config]);
    port = Number((await program.printed("stdout", /lenswire ready: postgres:\/\/127\.0\.0\.1:(\d+)/))[1]);
  });
  afterAll(() => program?.stop());

  async function ask(user: string, sql: string, values?: readonly unknown[]): Promise<unknown[][]> {
    const client = new Client({ host: "127.0.0.1", port, database: "shop", user, password: user });
    await client.connect();
    try {
      const { rows } = await client.query({
        text: sql,
        values: values === undefined ? [] : [...values],
        rowMode: "array",
        types: { getTypeParser: () => (text: string) => text },
      });
      return rows as unknown[][];
    } finally {
      await client.end();
    }
  }

  async function askWarehouse(sql: string): Promise<unknown[][]> {
    const client = new Client({ ...postgres });
    await client.connect();
    const { rows } = await client.query({
      text: sql,
      rowMode: "array",
      types: { getTypeParser: () => (text: string) => text },
    });
    await client.end();
    return rows as unknown[][];
  }

  test("a measure per group is what SQL over the tables says", async () => {
    const wanted = await askWarehouse(
      `SELECT "Zone", sum(amount), avg(amount) FROM sales.customers AS c JOIN sales.orders AS o ON o.customer = c.id
        GROUP BY 1 ORDER BY 1`,
    );
    expect(
      await ask(
        "admin",
        "SELECT zone, revenue, average FROM customers CROSS JOIN orders GROUP BY 1 ORDER BY 1",
      ),
    ).toEqual(wanted);
  });

  test("parameters, enumerations and times arrive", async () => {
    const sql =
      "SELECT channel, at, revenue FROM orders WHERE channel = $1 AND at >= $2 AND id < $3 ORDER BY at";
    expect(await ask("admin", sql, ["web", "2024-01-05", 9])).toEqual([
      ["web", "2024-01-05", "4.04"],
      ["web", "2024-01-07", "6.06"],
      ["web", "2024-01-09", "8.08"],
    ]);
    expect(await ask("admin", "SELECT joined FROM customers WHERE id = 1")).toEqual([
      ["2024-01-01 18:30:00+00"],
    ]);
  });

  test("filters and masks hold", async () => {
    expect(await ask("clerk", "SELECT zone, email FROM customers ORDER BY id")).toEqual(
      Array.from({ length: 3 }, () => ["North", "--redact--"]),
    );
    expect(await ask("clerk", "SELECT customer_count FROM customers")).toEqual([["3"]]);
  });

  test.each(["", "csv header force quote zone", "(format binary)"])(
    "rows are copied byte for byte as the warehouse copies its own: %s",
    async (form) => {
      const query = (table: string) =>
        `COPY (SELECT id, zone, email, joined, id / 3.0::float8 AS third FROM ${table} ORDER BY id) TO STDOUT ${form}`;
      const own = `(SELECT id, "Zone" AS zone, email::text, joined FROM sales.customers) AS c`;
      for (const settings of [{}, { TimeZone: "Asia/Kolkata", extra_float_digits: "0" }]) {
        const found = await copied(
          { port, database: "shop", user: "admin", password: "admin" },
          settings,
          query("customers"),
        );
        expect(found.length).toBeGreaterThan(9);
        expect(found).toEqual(await copied(postgres, settings, query(own)));
      }
    },
  );

  /** Statements of Lenswire that the warehouse works on. */
  async function working(): Promise<number> {
    const [row] = await askWarehouse(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'lenswire' AND state <> 'idle'",
    );
    return Number(row?.[0]);
  }

  async function until(condition: () => Promise<boolean>): Promise<void> {
    const end = performance.now() + 20_000;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error("what was waited for did not happen");
    }
  }

  const endless =
    "SELECT count(*) FROM orders AS a, orders AS b, orders AS c, orders AS d WHERE a.id + b.id > c.id + d.id";

  test.each<[string, (client: Client) => Promise<unknown>, string]>([
    ["a statement that is cancelled", async (client) => cancel(client), "57014"],
    ["a statement over its time", async () => {}, "57014"],
    ["a statement whose client is gone", async (client) => client.connection.stream.destroy(), ""],
  ])("%s is gone from the warehouse", async (name, end, sqlstate) => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      database: "shop",
      user: "admin",
      password: "admin",
    });
    client.on("error", () => {});
    await client.connect();
    if (name.includes("time")) await client.query("SET statement_timeout = '2s'");
    const failed = client.query(endless).then(
      () => new Error("it ended"),
      (error: Error) => error,
    );
    await until(async () => (await working()) > 0);
    await end(client);
    const error = await failed;
    if (sqlstate !== "") expect(error).toMatchObject({ code: sqlstate });
    await until(async () => (await working()) === 0);
    await client.end().catch(() => {});
    expect(await ask("admin", "SELECT customer_count FROM customers")).toEqual([["9"]]);
  });

  async function cancel(client: Client): Promise<void> {
    const { processID, secretKey } = client as unknown as { processID: number; secretKey: number };
    const request = Buffer.alloc(16);
    for (const [at, word] of [16, 80_877_102, processID, secretKey].entries())
      request.writeInt32BE(word, at * 4);
    await new Promise<void>((resolve) => {
      const socket = createConnection(port, "127.0.0.1", () => socket.end(request));
      socket.on("close", () => resolve());
      socket.resume();
    });
  }

  test("a cursor reads in pieces", async () => {
    const client = new Client({
      host: "127.0.0.1",
      port,
      database: "shop",
      user: "admin",
      password: "admin",
    });
    await client.connect();
    await client.query("BEGIN; DECLARE c CURSOR FOR SELECT id FROM orders ORDER BY id");
    const first = await client.query("FETCH 10 FROM c");
    const rest = await client.query("FETCH ALL FROM c");
    await client.query("COMMIT");
    await client.end();
    expect([first.rowCount, rest.rowCount, rest.rows.at(-1)]).toEqual([10, 990, { id: expect.anything() }]);
  });
});

describe("a server that cannot be used", () => {
  const serve = async (edit: (text: string) => string) => {
    const file = join(folder.path, "edited.yaml");
    await writeFile(file, edit(await readFile(config, "utf8")));
    const { code, stderr, stdout } = await runProgram(["serve", "--config", file]);
    expect([code, stdout]).toEqual([1, ""]);
    return stderr;
  };

  test("the wrong password is told without it", async () => {
    const stderr = await serve((text) => text.replace(/password: .*/, 'password: "wr0ng pass"'));
    expect(stderr).toMatch(
      /edited\.yaml:3:11: the source "sales" cannot be opened: could not connect to the PostgreSQL server at 127\.0\.0\.1:\d+: password authentication failed for user "tester"/,
    );
    expect(stderr).not.toContain("wr0ng");
  });

  test("nobody is there", async () => {
    expect(await serve((text) => text.replace(/:\d+\/postgres/, ":1/postgres"))).toContain("ECONNREFUSED");
  });
});
