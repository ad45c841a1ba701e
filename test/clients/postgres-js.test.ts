// postgres.js: asks for types before it runs, prepares everything, reads cursors by row limit.
import postgres from "postgres";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;
let sql: postgres.Sql;
beforeAll(async () => {
  demo = await serveDemo({ limits: ["queriesPerMinute: 1000"] });
  sql = connect("analyst");
});
afterAll(async () => {
  await sql?.end();
  await demo?.close();
});

function connect(user: string): postgres.Sql {
  return postgres({
    host: demo.host,
    port: demo.port,
    user,
    password: user,
    database: demo.database,
    max: 1,
    onnotice: () => {},
  });
}

async function failure(promise: PromiseLike<unknown>): Promise<postgres.PostgresError> {
  const error = await Promise.resolve(promise).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(postgres.PostgresError);
  return error as postgres.PostgresError;
}

describe("queries", () => {
  test("a measure by a dimension", async () => {
    const rows =
      await sql`SELECT zone, MEASURE(customer_count) AS customers FROM customers GROUP BY 1 ORDER BY 1`;
    expect(rows.map((row) => row["zone"])).toEqual(["Central", "East", "North", "South", "West"]);
    const [total] = await sql`SELECT MEASURE(customer_count) AS customers FROM customers`;
    expect(rows.reduce((sum, row) => sum + Number(row["customers"]), 0)).toBe(Number(total?.["customers"]));
    expect(rows.count).toBe(5);
    expect(rows.command).toBe("SELECT");
  });

  test("parameters get the types that the server says", async () => {
    const since = new Date("2023-06-01T00:00:00Z");
    const rows = await sql`SELECT MEASURE(customer_count) AS n FROM customers
      WHERE onboarding_date >= ${since} AND account_balance > ${"100.25"} AND credit_score > ${600}
        AND is_active = ${true} AND zone IN ${sql(["North", "South"])}`;
    const spelled = await sql`SELECT MEASURE(customer_count) AS n FROM customers
      WHERE onboarding_date >= '2023-06-01' AND account_balance > 100.25 AND credit_score > 600
        AND is_active AND zone IN ('North', 'South')`;
    expect(rows).toEqual(spelled);
    expect(Number(rows[0]?.["n"])).toBeGreaterThan(0);
  });

  test("an array as a parameter", async () => {
    const zones = ["West", "East"];
    const rows = await sql`SELECT zone, customer_count FROM customers WHERE zone = ANY(${zones}) ORDER BY 1`;
    expect(rows.map((row) => row["zone"])).toEqual(["East", "West"]);
  });

  test("describe says parameters and columns without running anything", async () => {
    const described = await sql`SELECT zone, MEASURE(total_balance) FROM customers WHERE zone = ${"North"}
      GROUP BY 1`.describe();
    expect(described.types).toEqual([25]);
    expect(described.columns.map(({ name, type }) => [name, type])).toEqual([
      ["zone", 25],
      ["total_balance", 1700],
    ]);
  });

  test("several statements as one simple query", async () => {
    const results = await sql`SELECT 1 AS one; SELECT zone FROM customers GROUP BY 1`.simple();
    expect((results as unknown as readonly unknown[][]).map((rows) => rows.length)).toEqual([1, 5]);
  });
});

describe("cursors", () => {
  const everyId = "SELECT transaction_id FROM transactions ORDER BY transaction_id";

  test("bring all rows once, a hundred at a time", async () => {
    const seen: number[] = [];
    const sizes = new Set<number>();
    await sql.unsafe(`${everyId} LIMIT 950`).cursor(100, (rows) => {
      sizes.add(rows.length);
      seen.push(...rows.map((row) => Number(row["transaction_id"])));
    });
    expect([...sizes].sort((a, b) => a - b)).toEqual([50, 100]);
    expect(seen).toHaveLength(950);
    expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
  });

  test("are left in the middle without harm to the connection", async () => {
    let batches = 0;
    await sql.unsafe(everyId).cursor(10, () => {
      batches += 1;
      return batches === 3 ? sql.CLOSE : undefined;
    });
    expect(batches).toBe(3);
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
  });

  test("are iterated over", async () => {
    let rowsSeen = 0;
    for await (const rows of sql.unsafe(`${everyId} LIMIT 25`).cursor(10)) rowsSeen += rows.length;
    expect(rowsSeen).toBe(25);
  });
});

describe("transactions", () => {
  test("one that succeeds gives its value", async () => {
    const zones = await sql.begin("READ ONLY", (own) => own`SELECT zone FROM customers GROUP BY 1`);
    expect(zones).toHaveLength(5);
  });

  test("a savepoint that fails is taken back alone", async () => {
    const rows = await sql.begin(async (own) => {
      const error = await failure(own.savepoint((inner) => inner`SELECT zonee FROM customers`));
      expect(error.code).toBe("42703");
      return own`SELECT 1 AS one`;
    });
    expect(rows).toEqual([{ one: 1 }]);
  });
});

test("an error has every field", async () => {
  expect(await failure(sql`SELECT zonee FROM customers`)).toMatchObject({
    severity: "ERROR",
    code: "42703",
    message: 'column "zonee" does not exist',
    position: "8",
    hint: 'Perhaps you meant to reference the column "customers.zone".',
  });
});

test("a statement is cancelled by its own promise", async () => {
  const text = `SELECT count(*) FROM transactions a, transactions b, transactions c
    WHERE a.amount + b.amount + c.amount < 0`;
  const slow = sql.unsafe(text);
  const ended = failure(slow);
  await demo.running(text);
  slow.cancel();
  expect((await ended).code).toBe("57014");
  expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }]);
});
