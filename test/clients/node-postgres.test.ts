// node-postgres: the simple and the extended protocol, prepared statements by name, types as its parsers read them.
import { Client, type ClientConfig, DatabaseError, Pool } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;
let client: Client;
beforeAll(async () => {
  demo = await serveDemo({ limits: ["queriesPerMinute: 1000"] });
  client = await connect("analyst");
});
afterAll(async () => {
  await client?.end();
  await demo?.close();
});

function configFor(user: string): ClientConfig {
  return { host: demo.host, port: demo.port, user, password: user, database: demo.database };
}

async function connect(user: string): Promise<Client> {
  const connected = new Client(configFor(user));
  await connected.connect();
  return connected;
}

async function failure(promise: Promise<unknown>): Promise<DatabaseError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseError);
  return error as DatabaseError;
}

/** The README's first example. */
const seedQuery = `SELECT
  customers.zone,
  customers.city,
  customers.branch_name,
  transactions.channel,
  MEASURE(transactions.debit_to_credit_ratio)
FROM customers
CROSS JOIN transactions
GROUP BY 1,2,3,4`;

const zones = ["Central", "East", "North", "South", "West"];

describe("simple queries", () => {
  test("a measure across a join the model knows, one row per group", async () => {
    const { rows, fields } = await client.query(seedQuery);
    expect(fields.map((field) => field.name)).toEqual([
      ...["zone", "city", "branch_name", "channel", "debit_to_credit_ratio"],
    ]);
    expect(fields.map((field) => field.dataTypeID)).toEqual([25, 25, 25, 25, 701]);
    const keys = new Set(
      rows.map((row) => JSON.stringify([row.zone, row.city, row.branch_name, row.channel])),
    );
    expect(keys.size).toBe(rows.length);
    expect(new Set(rows.map((row) => row.zone))).toEqual(new Set(zones));
  });

  test("a ratio is the ratio of its parts in every group", async () => {
    const sql = `SELECT zone, channel, MEASURE(debit_to_credit_ratio) AS ratio, MEASURE(debit_amount) AS debit,
      MEASURE(credit_amount) AS credit FROM customers CROSS JOIN transactions GROUP BY 1, 2`;
    const { rows } = await client.query(sql);
    expect(rows.length).toBeGreaterThan(zones.length);
    for (const row of rows) {
      if (row.credit === null || Number(row.credit) === 0) expect(row.ratio).toBeNull();
      else if (row.debit !== null) expect(row.ratio).toBeCloseTo(Number(row.debit) / Number(row.credit), 9);
    }
  });

  test("a balance is not multiplied by the transactions beside it", async () => {
    const alone = await client.query("SELECT zone, total_balance FROM customers ORDER BY zone");
    const sql = `SELECT zone, MEASURE(total_balance) AS total_balance FROM customers CROSS JOIN transactions
      GROUP BY zone HAVING MEASURE(transaction_count) > 0 ORDER BY zone`;
    expect((await client.query(sql)).rows).toEqual(alone.rows);
  });

  test("several statements in one message give several results", async () => {
    const results = await client.query("SELECT 1 AS one; SELECT zone FROM customers GROUP BY 1 ORDER BY 1");
    expect(results).toHaveLength(2);
    const [, second] = results as unknown as { rows: { zone: string }[] }[];
    expect(second?.rows.map((row) => row.zone)).toEqual(zones);
  });
});

describe("parameters and prepared statements", () => {
  test("parameters of several types", async () => {
    const sql = `SELECT MEASURE(customer_count) AS customers FROM customers
      WHERE zone = $1 AND account_balance >= $2 AND is_active = $3 AND onboarding_date < $4`;
    const values = ["North", "1000.50", true, new Date("2024-01-01T00:00:00Z")];
    const { rows } = await client.query(sql, values);
    const spelled = `SELECT MEASURE(customer_count) AS customers FROM customers WHERE zone = 'North'
      AND account_balance >= 1000.50 AND is_active AND onboarding_date < '2024-01-01'`;
    expect(rows).toEqual((await client.query(spelled)).rows);
    expect(Number(rows[0].customers)).toBeGreaterThan(0);
  });

  test("an array as a parameter", async () => {
    const sql = "SELECT zone, customer_count FROM customers WHERE zone = ANY($1) ORDER BY 1";
    const { rows } = await client.query(sql, [["West", "East"]]);
    expect(rows.map((row) => row.zone)).toEqual(["East", "West"]);
  });

  test("NULL as a parameter equals nothing", async () => {
    const { rows } = await client.query("SELECT count(*) FROM customers WHERE zone = $1", [null]);
    expect(rows).toEqual([{ count: "0" }]);
  });

  test("a statement prepared by name is run again with other values", async () => {
    const run = async (zone: string) => {
      const text = "SELECT MEASURE(customer_count) AS n FROM customers WHERE zone = $1";
      return Number((await client.query({ name: "by-zone", text, values: [zone] })).rows[0].n);
    };
    let total = 0;
    for (const zone of zones) total += await run(zone);
    const all = await client.query("SELECT MEASURE(customer_count) AS n FROM customers");
    expect(total).toBe(Number(all.rows[0].n));
  });

  test("a value that is not of its type is the client's error", async () => {
    const error = await failure(
      client.query("SELECT count(*) FROM customers WHERE customer_id = $1", ["many"]),
    );
    expect(error.code).toBe("22P02");
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });
});

test("values come with PostgreSQL's types", async () => {
  const sql = `SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth
    FROM customers WHERE credit_score IS NOT NULL ORDER BY customer_id LIMIT 1`;
  const { rows, fields } = await client.query(sql);
  expect(fields.map((field) => field.dataTypeID)).toEqual([20, 25, 16, 1700, 23, 1114, 1082]);
  expect(rows[0]).toEqual({
    customer_id: expect.stringMatching(/^\d+$/),
    zone: expect.any(String),
    is_active: expect.any(Boolean),
    account_balance: expect.stringMatching(/^-?\d+\.\d\d$/),
    credit_score: expect.any(Number),
    onboarding_date: expect.any(Date),
    date_of_birth: expect.any(Date),
  });
});

describe("errors", () => {
  test("columns say which of the catalog they are, and their modifiers", async () => {
    const { rows } = await client.query<{ name: string; columns: string }>(
      `SELECT c.relname AS name, json_agg(json_build_array(a.attname, a.attrelid::int8, a.attnum, a.atttypid::int8,
          a.atttypmod) ORDER BY a.attnum)::text AS columns
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
        GROUP BY c.relname`,
    );
    expect(rows.length).toBeGreaterThan(2);
    for (const { name, columns } of rows) {
      const { fields } = await client.query(`SELECT * FROM "${name}" LIMIT 0`);
      const described = fields.map((field) => [
        field.name,
        field.tableID,
        field.columnID,
        field.dataTypeID,
        field.dataTypeModifier,
      ]);
      expect(described).toEqual(JSON.parse(columns));
    }
  });

  test("an unknown column has its position and the nearest name", async () => {
    const error = await failure(client.query("SELECT zonee FROM customers"));
    expect(error).toMatchObject({
      severity: "ERROR",
      code: "42703",
      message: 'column "zonee" does not exist',
      position: "8",
      hint: 'Perhaps you meant to reference the column "customers.zone".',
    });
  });

  test("a measure in WHERE says where it belongs", async () => {
    const error = await failure(
      client.query("SELECT zone FROM customers WHERE total_balance > 0 GROUP BY zone"),
    );
    expect(error).toMatchObject({ code: "42803", hint: expect.stringContaining("HAVING") });
  });

  test("a write is refused", async () => {
    const error = await failure(client.query("DELETE FROM customers"));
    expect(error.code).toBe("25006");
  });

  test("after an error a transaction answers nothing until it is rolled back", async () => {
    await client.query("BEGIN");
    expect((await failure(client.query("SELECT nothing FROM customers"))).code).toBe("42703");
    expect((await failure(client.query("SELECT zone FROM customers"))).code).toBe("25P02");
    await client.query("ROLLBACK");
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  });

  test("a wrong password and an unknown user fail alike", async () => {
    const attempts = [
      { ...configFor("analyst"), password: "wrong" },
      { ...configFor("analyst"), user: "nobody" },
    ];
    for (const attempt of attempts) {
      const error = await failure(new Client(attempt).connect());
      expect(error).toMatchObject({
        severity: "FATAL",
        code: "28P01",
        message: `password authentication failed for user "${attempt.user}"`,
      });
    }
  });

  test("an unknown database is refused after the password", async () => {
    const error = await failure(new Client({ ...configFor("analyst"), database: "elsewhere" }).connect());
    expect(error).toMatchObject({
      severity: "FATAL",
      code: "3D000",
      message: 'database "elsewhere" does not exist',
    });
  });
});

/** What node-postgres has and its types do not name. */
interface PgInternals {
  readonly processID: number;
  readonly _activeQuery: unknown;
  cancel(client: Client, query: unknown): void;
}

test("a running statement is cancelled from another connection", async () => {
  const running = await connect("analyst");
  const { rows } = await running.query("SELECT pg_backend_pid() AS pid");
  expect(rows).toEqual([{ pid: (running as unknown as PgInternals).processID }]);
  const sql = `SELECT count(*) FROM transactions a, transactions b, transactions c
    WHERE a.amount + b.amount + c.amount < 0`;
  const slow = failure(running.query(sql));
  await demo.running(sql);
  const cancelling = new Client(configFor("analyst")) as unknown as PgInternals;
  cancelling.cancel(running, (running as unknown as PgInternals)._activeQuery);
  expect(await slow).toMatchObject({ code: "57014", message: "canceling statement due to user request" });
  expect((await running.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
  await running.end();
});

test("each user sees what the policy lets them see", async () => {
  const sql =
    "SELECT zone, email, phone, annual_income FROM customers WHERE email IS NOT NULL ORDER BY customer_id";
  const rowsOf = async (user: string) => {
    const own = await connect(user);
    const { rows } = await own.query(sql);
    await own.end();
    return rows;
  };
  const [admin, analyst, north, viewer] = await Promise.all(
    ["admin", "analyst", "north", "viewer"].map(rowsOf),
  );
  expect(admin?.[0].email).toContain("@");
  expect(analyst?.[0].email).toMatch(/^[0-9a-f]{32}$/);
  expect(new Set(analyst?.map((row) => row.phone))).toEqual(new Set(["--redact--"]));
  expect(analyst?.map((row) => row.annual_income)).toEqual(admin?.map((row) => row.annual_income));
  expect(new Set(viewer?.map((row) => row.annual_income))).toEqual(new Set([null]));
  expect(new Set(north?.map((row) => row.zone))).toEqual(new Set(["North"]));
  expect(north).toEqual(analyst?.filter((row) => row.zone === "North"));
});

test("a pool gives every borrower a session without traces of the one before", async () => {
  const pool = new Pool({ ...configFor("analyst"), max: 2 });
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => pool.query("SELECT MEASURE(customer_count) AS n FROM customers")),
  );
  expect(new Set(answers.map(({ rows }) => rows[0].n)).size).toBe(1);
  await pool.end();
});
