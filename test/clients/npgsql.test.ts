// Npgsql, replayed: what it sends when it connects, loads types, runs commands and batches, prepares, hands connections
// back to its pool, cancels and copies. Every answer has to be a real PostgreSQL's with the lens's rows.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RawMessage } from "../protocol/raw-client.ts";
import { startLensTwin } from "../support/lens-twin.ts";
import { NpgsqlClient, type NpgsqlOptions, resetOfPrepared, type Target } from "../support/npgsql-client.ts";
import type { RealPostgres } from "../support/real-postgres.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";

let demo: ServedDemo;
let twin: RealPostgres;
beforeAll(async () => {
  const limits = ["queriesPerMinute: 1000", "catalogQueriesPerMinute: 1000"];
  demo = await serveDemo({ limits, rows: 5000, tls: true });
  twin = await startLensTwin(demo);
});
afterAll(async () => {
  await twin?.stop();
  await demo?.close();
});

/** Objects of the system have these; others differ from one database to the next. */
const systemOidMax = 9999;

/** Without what no two servers share. */
function shown(message: RawMessage): RawMessage {
  switch (message.type) {
    case "BackendKeyData":
    case "AuthenticationSASLContinue":
      return { type: message.type };
    case "ParameterStatus":
      return message["name"] === "server_version" ? { ...message, value: "" } : message;
    case "RowDescription": {
      const columns = message["columns"] as { readonly tableOid: number }[];
      return { ...message, columns: columns.map((column) => ({ ...column, tableOid: column.tableOid > 0 })) };
    }
    case "ErrorResponse": {
      const { routine: _, ...fields } = message;
      return fields;
    }
    default:
      return message;
  }
}

type Conversation = (connection: NpgsqlClient) => Promise<RawMessage[][]>;

async function answersOf(
  target: Target,
  converse: Conversation,
  options: NpgsqlOptions,
): Promise<RawMessage[][]> {
  const { connection } = await NpgsqlClient.open(target, options);
  try {
    return (await converse(connection)).map((messages) => messages.map(shown));
  } finally {
    connection.close();
  }
}

const lens = (): Target => ({ ...demo, user: "admin", password: "admin" });

/** What the lens answers, after it was seen to be what PostgreSQL answers. */
async function fromBoth(converse: Conversation, options: NpgsqlOptions = {}): Promise<RawMessage[][]> {
  const expected = await answersOf(twin, converse, options);
  const answers = await answersOf(lens(), converse, options);
  expect(answers).toEqual(expected);
  return answers;
}

const types = (messages: readonly RawMessage[] | undefined) => messages?.map(({ type }) => type);
const rowsOf = (messages: readonly RawMessage[] | undefined) =>
  (messages ?? []).filter(({ type }) => type === "DataRow").map(({ values }) => values as (string | null)[]);

/** Binary values. */
const int8 = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return { type: 20, value: `hex:${bytes.toString("hex")}` };
};
const text = (value: string | null) => ({ type: 25, value });

const everyType = `SELECT customer_id, zone, is_active, account_balance, credit_score, onboarding_date, date_of_birth,
    account_balance::float8 AS float8, credit_score::float4 AS float4, credit_score::int2 AS int2,
    onboarding_date::timestamptz AS timestamptz, onboarding_date::time AS time,
    ARRAY[zone, NULL, city] AS texts, ARRAY[customer_id, 1] AS longs, NULL::text AS nothing
  FROM customers ORDER BY customer_id LIMIT 40`;
const byId = "SELECT customer_id, zone FROM customers WHERE customer_id = $1";
/** PostgreSQL computes a constant when it is bound, and this server when it is executed: this fails while it runs. */
const failsAtRun = "SELECT 1 / (customer_id - customer_id) FROM customers";
const slow = `SELECT count(*) FROM transactions a, transactions b, transactions c
  WHERE a.amount + b.amount + c.amount < 0`;

const statementsFile = new URL("../unit/catalog/client-statements.sql", import.meta.url);

/** What a connection that finds no types in the cache asks: four statements in one message, read one after another. */
const loadTypes = [
  "SELECT version()",
  /^-- Npgsql type load\n(.*?);$/ms.exec(readFileSync(statementsFile, "utf8"))?.[1] ?? "",
  `SELECT typ.oid, att.attname, att.atttypid FROM pg_type AS typ JOIN pg_namespace AS ns ON ns.oid = typ.typnamespace
   JOIN pg_class AS cls ON cls.oid = typ.typrelid JOIN pg_attribute AS att ON att.attrelid = typ.typrelid
   WHERE typ.typtype = 'c' AND cls.relkind = 'c' AND att.attnum > 0 AND NOT att.attisdropped
   ORDER BY typ.oid, att.attnum`,
  "SELECT pg_type.oid, enumlabel FROM pg_enum JOIN pg_type ON pg_type.oid = enumtypid ORDER BY oid, enumsortorder",
].join(";\n");

describe("connecting", () => {
  test.for<[string, NpgsqlOptions]>([
    ["plainly", {}],
    ["with TLS", { tls: true }],
    ["with GSS asked for first, and TLS", { gss: true, tls: true }],
    [
      "with settings",
      {
        parameters: {
          application_name: "checks of Npgsql",
          TimeZone: "Asia/Kolkata",
          search_path: "public",
          options: "-c statement_timeout=30000",
        },
      },
    ],
  ])("%s", async ([, options]) => {
    const opened = async (target: Target) => {
      const { connection, answers } = await NpgsqlClient.open(target, options);
      const shownAnswers = answers
        .map(shown)
        // What a server offers for passwords bound to the certificate is its own affair.
        .filter(({ type }) => type !== "AuthenticationSASL")
        .sort((one, other) => JSON.stringify(one).localeCompare(JSON.stringify(other)));
      const asked = await connection.execute([{ text: "SELECT current_setting('TimeZone')" }]);
      connection.close();
      return [shownAnswers, asked.map(shown)];
    };
    expect(await opened(lens())).toEqual(await opened(twin));
  });

  test("types are loaded in one message of four statements", async () => {
    const loaded = async (target: Target) => {
      const [answers] = await answersOf(target, async (client) => [await client.simple(loadTypes)], {});
      const rows = rowsOf(answers);
      const names = new Map(rows.filter(({ length }) => length === 6).map((row) => [row[1], row[2]]));
      const named = (oid: string | null | undefined) =>
        Number(oid) > systemOidMax ? (names.get(oid ?? "") ?? "unknown") : oid;
      const known = rows
        .filter(({ length }) => length === 6)
        .map(([schema, oid, name, kind, isNotNull, element]) =>
          [schema, named(oid), name, kind, isNotNull, named(element)].join(" "),
        );
      const version = rows[0]?.[0]?.replace(/\..*/, "");
      return { messages: types(answers)?.filter((type) => type !== "DataRow"), version, known: known.sort() };
    };
    const expected = await loaded(twin);
    expect(expected.known.length).toBeGreaterThan(150);
    expect(await loaded(lens())).toEqual(expected);
  });
});

describe("commands", () => {
  test("every type in binary", async () => {
    const [answers] = await fromBoth(async (client) => [await client.execute([{ text: everyType }])]);
    expect(rowsOf(answers)).toHaveLength(40);
    expect(types(answers)?.slice(0, 3)).toEqual(["ParseComplete", "BindComplete", "RowDescription"]);
  });

  test("values of every type go back as parameters", async () => {
    await fromBoth(async (client) => {
      const [described] = await client.execute([{ text: everyType }]).then((messages) => [messages]);
      const columns = described?.find(({ type }) => type === "RowDescription")?.["columns"] as {
        typeOid: number;
      }[];
      const parameters = (rowsOf(described)[0] ?? []).map((value, place) => ({
        type: columns[place]?.typeOid ?? 0,
        value,
      }));
      const list = parameters.map((_, place) => `$${place + 1}`).join(", ");
      const conditions = `SELECT count(*) FROM customers WHERE customer_id = $1 AND zone = $2 AND is_active = $3
        AND account_balance = $4 AND credit_score IS NOT DISTINCT FROM $5 AND onboarding_date = $6 AND date_of_birth = $7`;
      return [
        await client.execute([{ text: `SELECT ${list}`, parameters }]),
        await client.execute([{ text: conditions, parameters: parameters.slice(0, 7) }]),
        await client.execute([
          { text: `SELECT ${list}`, parameters: parameters.map(({ type }) => ({ type, value: null })) },
        ]),
      ];
    });
  });

  test("a measure by a dimension", async () => {
    const measures = "SELECT zone, MEASURE(customer_count) AS n FROM customers GROUP BY zone ORDER BY zone";
    const counts = "SELECT zone, count(*) AS n FROM customers GROUP BY zone ORDER BY zone";
    const [measured, counted] = await answersOf(
      lens(),
      async (client) => [
        await client.execute([{ text: measures }]),
        await client.execute([{ text: counts }]),
      ],
      {},
    );
    expect(rowsOf(measured)).toEqual(rowsOf(counted));
  });

  test("schemas and parameters alone", async () => {
    await fromBoth(async (client) => [
      await client.describe(everyType),
      await client.describe("SELECT zone FROM customers WHERE customer_id = $1 AND zone = ANY($2) LIMIT $3"),
      await client.describe("SET extra_float_digits = 0"),
      await client.describe("SELECT zonee FROM customers"),
    ]);
  });

  test("errors, and what comes after them", async () => {
    const failing = [
      "SELECT zonee FROM customers",
      "SELECT zone FRM customers",
      failsAtRun,
      "SELECT $1 + 'a'",
    ];
    const answers = await fromBoth(async (client) => {
      const seen: RawMessage[][] = [];
      for (const each of failing) seen.push(await client.execute([{ text: each }]));
      return [...seen, await client.execute([{ text: byId, parameters: [int8(7)] }])];
    });
    expect(types(answers[0])).toEqual(["ErrorResponse", "ReadyForQuery"]);
  });

  test("an empty command, and one without rows", async () => {
    await fromBoth(async (client) => [
      await client.execute([{ text: "" }]),
      await client.execute([{ text: "SET extra_float_digits = 1" }]),
      await client.execute([{ text: byId, parameters: [int8(-1)] }]),
      await client.simple("SELECT NULL"),
    ]);
  });
});

describe("batches", () => {
  test("several statements before one Sync", async () => {
    const [answers] = await fromBoth(async (client) => [
      await client.execute([
        { text: byId, parameters: [int8(1)] },
        { text: everyType },
        { text: "SELECT count(*) FROM customers WHERE zone = $1", parameters: [text("North")] },
        { text: "SELECT count(*) FROM customers WHERE zone = $1", parameters: [text(null)] },
      ]),
    ]);
    expect(types(answers)?.filter((type) => type === "CommandComplete")).toHaveLength(4);
  });

  test("an error ends the batch, with barriers its own statement", async () => {
    const statements = [
      { text: byId, parameters: [int8(1)] },
      { text: "SELECT customer_id / $1 FROM customers", parameters: [int8(0)] },
      { text: byId, parameters: [int8(2)] },
    ];
    const [together, apart] = await fromBoth(async (client) => [
      await client.execute(statements),
      await client.executeApart(statements),
    ]);
    expect(types(together)?.filter((type) => type === "CommandComplete")).toHaveLength(1);
    expect(types(apart)?.filter((type) => type === "CommandComplete")).toHaveLength(2);
  });
});

describe("prepared statements", () => {
  test("several at once, run together, and closed", async () => {
    const parameters = [int8(3)];
    await fromBoth(async (client) => [
      await client.prepare([
        { name: "_p1", text: byId, types: [20] },
        { name: "_p2", text: everyType },
      ]),
      await client.execute([
        { text: byId, prepared: "_p1", parameters },
        { text: everyType, prepared: "_p2" },
        { text: byId, prepared: "_p1", parameters: [{ type: 20, value: null }] },
      ]),
      await client.unprepare(["_p1", "_p2"]),
      await client.execute([{ text: byId, prepared: "_p1", parameters }]),
    ]);
  });

  test("one that cannot be prepared", async () => {
    await fromBoth(async (client) => [
      await client.prepare([
        { name: "_p1", text: byId },
        { name: "_p2", text: "SELECT zonee FROM customers" },
      ]),
      await client.execute([{ text: byId, prepared: "_p1", parameters: [int8(1)] }]),
    ]);
  });
});

describe("sessions", () => {
  test("a transaction begins in the write of its first command", async () => {
    const answers = await fromBoth(async (client) => [
      await client.execute(
        [{ text: "SHOW transaction_isolation" }],
        ["BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ"],
      ),
      await client.execute([{ text: byId, parameters: [int8(1)] }]),
      await client.execute([{ text: failsAtRun }]),
      await client.execute([{ text: "SELECT 1" }]),
      await client.simple("ROLLBACK"),
      await client.execute([{ text: "SELECT 1" }]),
    ]);
    const states = answers.map((messages) => messages.at(-1)?.["status"]);
    expect(states).toEqual(["T", "T", "E", "E", "I", "I"]);
  });

  test("savepoints", async () => {
    await fromBoth(async (client) => [
      await client.execute([{ text: "SELECT 1" }], ["BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED"]),
      await client.execute([{ text: failsAtRun }], ["SAVEPOINT before"]),
      await client.simple("ROLLBACK TO SAVEPOINT before"),
      await client.execute([{ text: byId, parameters: [int8(1)] }]),
      await client.simple("RELEASE SAVEPOINT before"),
      await client.simple("COMMIT"),
    ]);
  });

  test("a connection that comes out of the pool is reset in the write of its first command", async () => {
    const zone = [{ text: "SELECT current_setting('TimeZone')" }];
    const answers = await fromBoth(async (client) => [
      await client.simple("SET TimeZone = 'Asia/Tokyo'"),
      await client.execute(zone),
      await client.execute(zone, ["DISCARD ALL"]),
      await client.prepare([{ name: "_p1", text: byId }]),
      await client.simple("SET TimeZone = 'Asia/Tokyo'"),
      await client.execute(zone, [resetOfPrepared]),
      await client.execute([{ text: byId, prepared: "_p1", parameters: [int8(1)] }]),
    ]);
    expect([1, 2, 5].map((place) => rowsOf(answers[place]).at(-1)?.[0])).toEqual([
      ...["Asia/Tokyo", "UTC", "UTC"],
    ]);
  });

  test.for([false, true])("a command is cancelled, TLS: %s", async (tls) => {
    const [answers] = await fromBoth(
      async (client) => {
        const error = (await client.cancelled({ text: slow })).filter(({ type }) => type === "ErrorResponse");
        return [error, await client.execute([{ text: "SELECT 1" }])];
      },
      { tls },
    );
    expect(answers).toMatchObject([{ code: "57014" }]);
  });

  test("LISTEN, NOTIFY and UNLISTEN are taken", async () => {
    await fromBoth(async (client) => [
      await client.execute([{ text: "LISTEN changes" }]),
      await client.execute([{ text: "NOTIFY elsewhere, 'payload'" }]),
      await client.execute([{ text: "UNLISTEN *" }]),
    ]);
  });
});

describe("COPY", () => {
  test("a reader of COPY in binary, and of text", async () => {
    const [binary] = await fromBoth(async (client) => [
      await client.simple(`COPY (${everyType}) TO STDOUT (FORMAT BINARY)`),
      await client.simple(`COPY (${everyType}) TO STDOUT`),
      await client.simple("COPY (SELECT zonee FROM customers) TO STDOUT (FORMAT BINARY)"),
      await client.execute([{ text: "SELECT 1" }]),
    ]);
    expect(types(binary)?.slice(0, 2)).toEqual(["CopyOutResponse", "CopyData"]);
  });
});
