// From configuration to lenses that can answer: warehouses opened, models loaded, linked and typed.
import type { Config, LensConfig, SourceConfig } from "./config/config.ts";
import { threadPoolSize } from "./config/thread-pool.ts";
import type { Dialect } from "./dialect/dialect.ts";
import { duckDbDialect } from "./dialect/duckdb/duckdb-dialect.ts";
import { postgresDialect, postgresDialectFor } from "./dialect/postgres/postgres-dialect.ts";
import { Lens, type LensSource } from "./engine/lens.ts";
import { unreachable } from "./errors.ts";
import type { EmitEvent } from "./events.ts";
import { loadModel } from "./model/load-model.ts";
import { sourceByTable, tableSources } from "./model/table-sources.ts";
import { errorAt, hasErrors, type Problem, sortProblems } from "./problem.ts";
import type { ServerTraits } from "./server-traits.ts";
import { typeModel } from "./typing/type-model.ts";
import { openDuckDb } from "./warehouse/duckdb.ts";
import { openPostgres } from "./warehouse/postgres.ts";
import { Slots } from "./warehouse/slots.ts";
import type { Warehouse } from "./warehouse/warehouse.ts";
import type { WarehouseKind } from "./warehouse-kind.ts";

const dialects: Record<WarehouseKind, (server: ServerTraits | undefined) => Dialect> = {
  duckdb: () => duckDbDialect,
  postgres: (server) => (server === undefined ? postgresDialect : postgresDialectFor(server)),
};

/**
 * Each call into DuckDB holds a thread of the pool for as long as DuckDB works. One stays free, for the audit file, DNS
 * and pings.
 */
const duckDbCalls = new Slots(Math.max(1, threadPoolSize() - 1));

function openWarehouse(source: SourceConfig, emit: EmitEvent): Promise<Warehouse> {
  switch (source.type) {
    case "duckdb":
      return openDuckDb({ path: source.path, emit, calls: duckDbCalls });
    case "postgres":
      return openPostgres({ server: source.server, poolMax: source.poolMax, emit });
    default:
      return unreachable(source);
  }
}

/** Rejects when it cannot be reached or read. */
export async function openSource(source: SourceConfig, emit: EmitEvent): Promise<LensSource> {
  const warehouse = await openWarehouse(source, emit);
  return { name: source.name, warehouse, dialect: dialects[source.type](warehouse.traits) };
}

export interface LoadedLenses {
  /** Undefined when a problem is an error. */
  readonly lenses: readonly Lens[] | undefined;
  readonly problems: readonly Problem[];
}

export interface OpenedLenses extends LoadedLenses {
  readonly sources: ReadonlyMap<string, LensSource>;
  readonly warehouses: readonly Warehouse[];
}

/** Primary keys are checked by `lenswire check`, not at every start: that reads every table once. */
export async function openLenses(
  config: Config,
  options: { readonly emit: EmitEvent; readonly signal: AbortSignal },
): Promise<OpenedLenses> {
  const problems: Problem[] = [];
  const sources = new Map<string, LensSource>();
  for (const source of config.sources) {
    try {
      sources.set(source.name, await openSource(source, options.emit));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(errorAt(source.location, `the source "${source.name}" cannot be opened: ${reason}`));
    }
  }
  const warehouses = [...sources.values()].map(({ warehouse }) => warehouse);
  // With a source that cannot be opened nothing is served, and every table in it would be a problem of its own.
  if (hasErrors(problems))
    return { lenses: undefined, sources, warehouses, problems: sortProblems(problems) };
  return { ...(await loadLenses(config.lenses, sources, options.signal)), sources, warehouses };
}

/** Reads the models anew. Rejects only when the signal aborts. */
export async function loadLenses(
  configured: readonly LensConfig[],
  sources: ReadonlyMap<string, LensSource>,
  signal: AbortSignal,
): Promise<LoadedLenses> {
  const problems: Problem[] = [];
  const lenses: Lens[] = [];
  for (const lens of configured) {
    const opened = await openLens(lens, sources, problems, signal);
    if (opened !== undefined) lenses.push(opened);
  }
  const complete = !hasErrors(problems) && lenses.length === configured.length;
  return { lenses: complete ? lenses : undefined, problems: sortProblems(problems) };
}

async function openLens(
  lens: LensConfig,
  sources: ReadonlyMap<string, LensSource>,
  problems: Problem[],
  signal: AbortSignal,
): Promise<Lens | undefined> {
  const loaded = await loadModel(lens.model);
  problems.push(...loaded.problems);
  if (loaded.model === undefined) return undefined;
  const places = tableSources(loaded.model, lens.source, [...sources.keys()]);
  problems.push(...places.problems);
  if (hasErrors(places.problems)) return undefined;
  const sourceOf = sourceByTable(places, sources);
  const typed = await typeModel(loaded.model, sourceOf, { signal, checkKeys: false });
  problems.push(...typed.problems);
  if (typed.model === undefined) return undefined;
  return new Lens({
    name: lens.name,
    databaseNames: lens.databaseNames,
    model: typed.model,
    sources: new Map([...loaded.model.tables.keys()].map((name) => [name, sourceOf(name)])),
    strictWrappers: lens.measureAggregates === "strict",
  });
}
