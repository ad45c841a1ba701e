// The sub-query dimensions that a scan reads: one aggregated query for each table that they aggregate, joined on the
// primary key.
import { subQueryKeyName, subQueryValueName } from "../compiler/sub-query.ts";
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

  /** The column that holds the dimension's value. */
  column(source: Extract<DimensionSource, { kind: "subQuery" }>): {
    readonly alias: string;
    readonly column: string;
  } {
    const { table: target, measure, propagateFilters } = source;
    const alias = `${this.#table.name} / ${propagateFilters ? "kept rows" : "rows"} of ${target}`;
    const filters = propagateFilters ? this.#filters : [];
    const open = this.#open.get(alias) ?? {
      alias,
      use: { table: this.#table.name, target, measures: [], filters },
    };
    this.#open.set(alias, open);
    if (!open.use.measures.includes(measure)) open.use.measures.push(measure);
    return { alias, column: subQueryValueName(measure) };
  }

  /** `rawKey` is a part of the primary key as the scan itself sees it. */
  joins(
    rawKey: (name: string) => ScanSql[number],
    context: ScanContext,
    mode: Mode,
  ): readonly ScanQueryJoin[] {
    return [...this.#open.values()].map(({ alias, use }) => {
      const on = this.#table.primaryKey.flatMap((name, place): ScanSql => {
        const equality = [rawKey(name), " = ", { alias, column: subQueryKeyName(place) }];
        return place === 0 ? equality : [" AND ", ...equality];
      });
      return { alias, query: context.subQuery(use, mode), on };
    });
  }
}
