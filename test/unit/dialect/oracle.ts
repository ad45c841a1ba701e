// A real PostgreSQL beside the warehouses: the same statement in each, through our reader and renderer, values compared
// as text.
import type { Value } from "../../../src/data-type.ts";
import { dataTypeOfOid } from "../../../src/data-type.ts";
import type { Dialect, RenderSettings } from "../../../src/dialect/dialect.ts";
import { duckDbDialect } from "../../../src/dialect/duckdb/duckdb-dialect.ts";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { type RenderedPlan, render } from "../../../src/dialect/render.ts";
import { LensError } from "../../../src/errors.ts";
import { type BoundValueName, boundValueName } from "../../../src/query/bound-values.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import type { BoundParameter } from "../../../src/result.ts";
import { findTimeZone, fixedTimeZone } from "../../../src/time-zone.ts";
import { formatText } from "../../../src/wire/text-format.ts";
import { parseText } from "../../../src/wire/text-parse.ts";
import { plainStyles } from "../../../src/wire/text-styles.ts";
import { openDumpSource } from "../query/analysed-dump.ts";
import { makeDuckDbFile, rowsOf } from "../warehouse/duckdb-file.ts";
import { askPostgres, type Outcome, startPostgres, utc } from "./postgres-server.ts";

export const engineNames = ["duckdb", "postgres"] as const;
export type EngineName = (typeof engineNames)[number];

const dialects: Readonly<Record<EngineName, Dialect>> = { duckdb: duckDbDialect, postgres: postgresDialect };

export interface Oracle {
  /** PostgreSQL's own answer to the client's text. */
  postgres(sql: string): Promise<Outcome>;
  render(sql: string, engine: EngineName): Promise<RenderedPlan>;
  /** The answer of a warehouse to what is rendered for it. */
  warehouse(engine: EngineName, sql: string, parameters?: readonly Value[]): Promise<Outcome>;
  close(): Promise<void>;
}

/** What was rendered so far, as `duckdb.operators.equal`. */
export const rendered = new Set<string>();

const recorded = ["operators", "functions", "aggregates", "windowFunctions", "setFunctions"] as const;

/** The dialect, with every look into its tables written down. */
function recording(engine: EngineName, dialect: Dialect): Dialect {
  const tables = recorded.map((table) => [
    table,
    new Proxy(dialect[table], {
      get: (entries, id) => {
        rendered.add(`${engine}.${table}.${String(id)}`);
        return Reflect.get(entries, id);
      },
    }),
  ]);
  return { ...dialect, ...Object.fromEntries(tables) };
}

/** Everything offered that the dialect does not refuse outright. */
export function offeredAndRendered(engine: EngineName): readonly string[] {
  return recorded.flatMap((table) =>
    Object.entries(dialects[engine][table])
      .filter(([, rendering]) => !("refused" in rendering))
      .map(([id]) => `${engine}.${table}.${id}`),
  );
}

const recordingDialects: Readonly<Record<EngineName, Dialect>> = {
  duckdb: recording("duckdb", duckDbDialect),
  postgres: recording("postgres", postgresDialect),
};

type Runner = (plan: RenderedPlan, parameters: readonly BoundParameter[]) => Promise<Outcome>;

/** `postgres`: the dialect that is tried as PostgreSQL's. */
export async function openOracle(
  settings: RenderSettings = utc,
  postgres: Dialect = recordingDialects.postgres,
): Promise<Oracle> {
  const tried: Readonly<Record<EngineName, Dialect>> = { duckdb: recordingDialects.duckdb, postgres };
  const [server, trees, file] = await Promise.all([
    startPostgres(),
    openDumpSource(
      `set timezone = '${settings.timeZone}'; set datestyle = '${settings.dateStyle}'; set intervalstyle = '${settings.intervalStyle}'`,
    ),
    makeDuckDbFile([]),
  ]);
  const [client, warehouse] = await Promise.all([server.client(settings), server.warehouse()]);
  const renderText = async (sql: string, engine: EngineName) => {
    const query = readTree(parseTree(await trees.dump(sql)), { text: sql });
    return render({ query } as Parameters<typeof render>[0], tried[engine], settings);
  };
  const runners: Readonly<Record<EngineName, Runner>> = {
    duckdb: async (plan, parameters) => {
      const rows = await rowsOf(file.warehouse, plan.sql, plan.columnTypes, parameters);
      return {
        kind: "rows",
        rows: rows.map((row) => row.map((value, index) => shown(plan, value, index, settings))),
      };
    },
    postgres: async (plan, parameters) => {
      const texts = parameters.map(({ type, value }) =>
        value === null ? null : formatText(type, value, warehouseFormat),
      );
      const outcome = await askPostgres(warehouse, plan.sql, texts);
      if (outcome.kind === "error") return { ...outcome, message: `${outcome.message} in ${plan.sql}` };
      return {
        ...outcome,
        rows: outcome.rows.map((row) => row.map((text, index) => reshown(plan, text, index, settings))),
      };
    },
  };
  return {
    postgres: (sql) => askPostgres(client, sql),
    render: renderText,
    warehouse: (engine, sql, parameters = []) =>
      answer(() => renderText(sql, engine), runners[engine], parameters),
    async close() {
      await Promise.all([server.close(), trees.database.close(), file.remove()]);
    },
  };
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

async function answer(
  renderText: () => Promise<RenderedPlan>,
  run: Runner,
  parameters: readonly Value[],
): Promise<Outcome> {
  let text = "";
  try {
    const plan = await renderText();
    text = plan.sql;
    const values = plan.parameters.map(({ number, type: oid }) => {
      if (number === undefined) throw new Error("an attribute of nobody");
      const name = boundValueName(number);
      const type = dataTypeOfOid(oid);
      if (type === undefined) throw new Error(`parameter of type ${oid}`);
      return { type, value: name === undefined ? (parameters[number - 1] ?? null) : bound[name] };
    });
    return await run(plan, values);
  } catch (error) {
    if (error instanceof LensError) {
      const cause = error.cause instanceof Error ? ` (${error.cause.message}) in ${text}` : "";
      return { kind: "error", sqlstate: error.sqlstate, message: `${error.message}${cause}` };
    }
    throw error;
  }
}

const warehouseFormat = { ...plainStyles, timeZone: fixedTimeZone(0), extraFloatDigits: 1 };
const warehouseTexts = { ...plainStyles, timeZone: fixedTimeZone(0), nowMs: 0 };

function shown(plan: RenderedPlan, value: Value, index: number, settings: RenderSettings): string | null {
  const type = plan.columnTypes[index];
  if (value === null || type === undefined) return null;
  return formatText(type, value, {
    ...plainStyles,
    timeZone: findTimeZone(settings.timeZone) ?? fixedTimeZone(0),
    extraFloatDigits: 1,
  });
}

/** What the warehouse's session shows, as the client's does: instants are shown in its zone. */
function reshown(
  plan: RenderedPlan,
  text: string | null,
  index: number,
  settings: RenderSettings,
): string | null {
  const type = plan.columnTypes[index];
  const single = type?.kind === "array" ? type.element : type;
  if (text === null || type === undefined || single?.kind !== "timestamptz") return text;
  return shown(plan, parseText(type, text, warehouseTexts), index, settings);
}
