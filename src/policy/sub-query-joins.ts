// The sub-query dimensions that a scan reads: one aggregated query for each table that they aggregate, joined on the
// primary key.
import { subQueryKeyName, subQueryValueName } from "../compiler/sub-query.ts";
import type { LinkedTable } from "../model/model.ts";
import type { Query, ScanQueryJoin, ScanSql } from "../query/query.ts";

export interface SubQuerySource {
  readonly table: string;
  readonly measure: string;
}

interface OpenSubQuery {
  readonly alias: string;
  readonly target: string;
  readonly measures: string[];
}

/** Those of one scan and one view of its rows. */
export class SubQueryJoins {
  readonly #table: LinkedTable;
  readonly #open = new Map<string, OpenSubQuery>();

  constructor(table: LinkedTable) {
    this.#table = table;
  }

  get size(): number {
    return this.#open.size;
  }

  /** The column that holds the dimension's value. */
  column({ table: target, measure }: SubQuerySource): { readonly alias: string; readonly column: string } {
    const alias = `${this.#table.name} / rows of ${target}`;
    const open = this.#open.get(target) ?? { alias, target, measures: [] };
    this.#open.set(target, open);
    if (!open.measures.includes(measure)) open.measures.push(measure);
    return { alias, column: subQueryValueName(measure) };
  }

  /** `rawKey` is a part of the primary key as the scan itself sees it. */
  joins(
    rawKey: (name: string) => ScanSql[number],
    queryOf: (target: string, measures: readonly string[]) => Query,
  ): readonly ScanQueryJoin[] {
    return [...this.#open.values()].map(({ alias, target, measures }) => {
      const on = this.#table.primaryKey.flatMap((name, place): ScanSql => {
        const equality = [rawKey(name), " = ", { alias, column: subQueryKeyName(place) }];
        return place === 0 ? equality : [" AND ", ...equality];
      });
      return { alias, query: queryOf(target, measures), on };
    });
  }
}
