// The sub-query dimensions that a scan reads: one aggregated query for each table that they aggregate, joined on its
// keys.
import { type SubQueryKey, subQueryKeyName, subQueryValueName } from "../compiler/sub-query.ts";
import type { DimensionSource, LinkedTable } from "../model/model.ts";
import type { ReachingFilter, ScanQueryJoin, ScanSql } from "../query/query.ts";
import type { Mode, ScanContext, SubQueryUse } from "./scan-context.ts";

interface OpenSubQuery {
  readonly alias: string;
  readonly use: SubQueryUse & { readonly measures: string[] };
}

/** Those of one scan and one view of its rows. */
export class SubQueryJoins {
  readonly #table: LinkedTable;
  readonly #filters: readonly ReachingFilter[];
  readonly #open = new Map<string, OpenSubQuery>();

  /** `filters` are what WHERE says to the scan. */
  constructor(table: LinkedTable, filters: readonly ReachingFilter[]) {
    this.#table = table;
    this.#filters = filters;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The dimension's value. */
  value(source: Extract<DimensionSource, { kind: "subQuery" }>, context: ScanContext, mode: Mode): ScanSql {
    const { table: target, measure, propagateFilters } = source;
    const alias = `${this.#table.name} / ${propagateFilters ? "kept rows" : "rows"} of ${target}`;
    const filters = propagateFilters ? this.#filters : [];
    const open = this.#open.get(alias) ?? {
      alias,
      use: { table: this.#table.name, target, measures: [], filters },
    };
    this.#open.set(alias, open);
    if (!open.use.measures.includes(measure)) open.use.measures.push(measure);
    const column = { alias, column: subQueryValueName(measure) };
    return context.isZeroOfNoRows(target, measure, mode) ? ["COALESCE(", column, ", 0)"] : [column];
  }

  /** `rawKey` is a dimension or column of a row as the scan itself sees it. */
  joins(
    rawKey: (key: SubQueryKey) => ScanSql[number],
    context: ScanContext,
    mode: Mode,
  ): readonly ScanQueryJoin[] {
    return [...this.#open.values()].map(({ alias, use }) => {
      const { query, keys } = context.subQuery(use, mode);
      const on = keys.flatMap((key, place): ScanSql => {
        const equality = [rawKey(key), " = ", { alias, column: subQueryKeyName(place) }];
        return place === 0 ? equality : [" AND ", ...equality];
      });
      return { alias, query, on };
    });
  }
}
