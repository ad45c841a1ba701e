// How a PostgreSQL warehouse is reached: passwords, TLS as libpq means it, and what is said when it cannot be.
import { createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { LensError } from "../../../src/errors.ts";
import type { PostgresServer, PostgresTls } from "../../../src/warehouse/postgres-server.ts";
import { certificateFile } from "../../support/real-postgres.ts";
import { never, rejectionOf, rowsOf } from "./duckdb-file.ts";
import { noTls, type OpenOptions, type PostgresSource, startPostgresSource } from "./postgres-source.ts";

let secure: PostgresSource;
let plain: PostgresSource;
beforeAll(async () => {
  [secure, plain] = await Promise.all([
    startPostgresSource(["CREATE ROLE client LOGIN"], { tls: true }),
    startPostgresSource(),
  ]);
});
afterAll(() => Promise.all([secure.stop(), plain.stop()]));

const text = { kind: "text" } as const;
const authority = certificateFile("authority.crt");
const anotherAuthority = certificateFile("another-authority.crt");

const tls = (mode: PostgresTls["mode"], rest: Partial<PostgresTls> = {}): PostgresTls => ({
  ...noTls,
  mode,
  ...rest,
});

/** The TLS version that the server sees, or null; for another host, the error. */
async function seen(source: PostgresSource, server: Partial<PostgresServer>): Promise<unknown> {
  const warehouse = await source.open({ server });
  const [row] = await rowsOf(
    warehouse,
    "SELECT version, current_user::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()",
    [text, text],
  );
  return row;
}

async function refusal(source: PostgresSource, options: OpenOptions["server"] = {}): Promise<string> {
  const error = (await rejectionOf(source.open({ server: options }))) as LensError;
  expect(error).toMatchObject({ sqlstate: "HV000" });
  return error.message;
}

describe("TLS", () => {
  test.each<[string, Partial<PostgresServer>]>([
    ["prefer", { tls: tls("prefer") }],
    ["require", { tls: tls("require") }],
    ["require with the right authority", { tls: tls("require", { rootCert: authority }) }],
    ["verify-ca, whatever the host is called", { tls: tls("verify-ca", { rootCert: authority }) }],
    [
      "verify-full, for the host in the certificate",
      { host: "localhost", tls: tls("verify-full", { rootCert: authority }) },
    ],
  ])("%s", async (_name, server) => {
    expect(await seen(secure, server)).toEqual(["TLSv1.3", "tester"]);
  });

  test("disable", async () => {
    expect(await seen(secure, { tls: noTls })).toEqual([null, "tester"]);
  });

  test("with a certificate of our own instead of a password", async () => {
    const own = { cert: certificateFile("client.crt"), key: certificateFile("client.key") };
    const server = { user: "client", password: undefined, tls: tls("require", own) };
    expect(await seen(secure, server)).toEqual(["TLSv1.3", "client"]);
    expect(await refusal(secure, { ...server, tls: tls("require") })).toContain("valid client certificate");
  });

  test.each<[string, Partial<PostgresServer>, RegExp]>([
    [
      "verify-full for another host",
      { tls: tls("verify-full", { rootCert: authority }) },
      /does not match.*127\.0\.0\.1/,
    ],
    [
      "verify-ca by another authority",
      { tls: tls("verify-ca", { rootCert: anotherAuthority }) },
      /certificate/,
    ],
    [
      "verify-full by the system's",
      { host: "localhost", tls: tls("verify-full", { rootCert: "system" }) },
      /certificate/,
    ],
    [
      "require with another authority",
      { tls: tls("require", { rootCert: anotherAuthority }) },
      /certificate/,
    ],
    [
      "an authority that is not there",
      { tls: tls("verify-ca", { rootCert: "/nowhere/authority.crt" }) },
      /ENOENT/,
    ],
  ])("refuses %s", async (_name, server, reason) => {
    expect(await refusal(secure, server)).toMatch(reason);
  });

  test("a server without it is used plainly where that is allowed, and only there", async () => {
    expect(await seen(plain, { tls: tls("prefer") })).toEqual([null, "tester"]);
    expect(await refusal(plain, { tls: tls("require") })).toContain("does not support SSL");
  });

  test("a query is cancelled through it", async () => {
    const warehouse = await secure.open({
      poolMax: 1,
      server: { host: "localhost", tls: tls("verify-full", { rootCert: authority }) },
    });
    const sql = "SELECT generate_series(1, 10000000000)";
    const stream = await warehouse.run({ sql, columnTypes: [{ kind: "bigint" }], parameters: [] }, never);
    await stream.next();
    await stream.close();
    const [row] = await secure.admin(
      "SELECT count(*)::int AS n FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND state = 'active' AND pid <> pg_backend_pid()",
    );
    expect(row).toEqual({ n: 0 });
    expect(await rowsOf(warehouse, "SELECT 'next'", [text])).toEqual([["next"]]);
  });
});

describe("what is said when the server cannot be reached", () => {
  test("the server's words, and never the password", async () => {
    const message = await refusal(plain, { password: "not the pass/word" });
    expect(message).toBe(
      `could not connect to the PostgreSQL server at 127.0.0.1:${plain.real.port}: password authentication failed for user "tester"`,
    );
  });

  test("no password where one is asked for: the environment is not searched for one", async () => {
    process.env["PGPASSWORD"] = plain.real.password;
    try {
      expect(await refusal(plain, { password: undefined })).toContain(
        "the server asks for a password, and there is none",
      );
    } finally {
      delete process.env["PGPASSWORD"];
    }
  });

  test("no such database", async () => {
    expect(await refusal(plain, { database: "nowhere" })).toContain('database "nowhere" does not exist');
  });

  test("nobody listens", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    expect(await refusal(plain, { port })).toContain(`at 127.0.0.1:${port}: connect ECONNREFUSED`);
  });

  test("somebody listens and says nothing", async () => {
    const server = createServer(() => {});
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    expect(await refusal(plain, { port, connectTimeoutMs: 50 })).toContain("timeout expired");
    server.close();
  });

  test("a client is told a reference only, when the server is gone later", async () => {
    const gone = await startPostgresSource();
    const events = gone.events;
    await gone.real.stop();
    const error = (await rejectionOf(rowsOf(gone.warehouse, "SELECT 'x'", [text]))) as LensError;
    expect(error).toMatchObject({ sqlstate: "HV000", message: "the warehouse could not run the statement" });
    expect(events).toMatchObject([
      { kind: "warehouseFailed", text: expect.stringContaining("ECONNREFUSED") },
    ]);
    expect(await rejectionOf(gone.warehouse.ping(never))).toMatchObject({ code: "ECONNREFUSED" });
    await gone.warehouse.close();
  });
});

test("a database whose texts have no known encoding is refused", async () => {
  await plain.admin("CREATE DATABASE bytes TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
  expect(await refusal(plain, { database: "bytes" })).toContain("SQL_ASCII");
});

test("a database of another encoding is read and written in UTF-8", async () => {
  await plain.admin("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
  const warehouse = await plain.open({ server: { database: "latin" } });
  const sql =
    "SELECT $1 || chr(252), pg_encoding_to_char(encoding)::text FROM pg_database WHERE datname = current_database()";
  expect(await rowsOf(warehouse, sql, [text, text], [{ type: text, value: "Zürich " }])).toEqual([
    ["Zürich ü", "LATIN1"],
  ]);
  const euro = rejectionOf(rowsOf(warehouse, "SELECT $1", [text], [{ type: text, value: "€" }]));
  expect(await euro).toMatchObject({ sqlstate: "22P05" });
});
