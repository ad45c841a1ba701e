// The sub-query dimension of a random table by its definition: a measure over the distinct rows that joins lead to.
import type { Cell, DataRow, FuzzMeasure } from "./fuzz-lens.ts";
import { makeMeasures } from "./lens-measures.ts";
import { followOf, type LensSpec, rowsBelow, type TableSpec } from "./lens-spec.ts";
import type { Sight } from "./sight.ts";

export interface SubQuery {
  /** How the model writes it. */
  readonly yaml: string;
  /** For a raw row of the table. */
  value(row: DataRow): Cell;
  /** Whether a measure that reads it is NULL for the reader. */
  readonly redacted: boolean;
}

/** undefined for a table without one. */
export function subQueryOf(table: TableSpec, spec: LensSpec, sight: Sight): SubQuery | undefined {
  const { below } = table;
  const target = spec.tables.find(({ name }) => name === below?.path.at(-1)?.to);
  if (below === undefined || target === undefined) return undefined;
  const sees = (name: string, row: DataRow) => sight.sees(name, row);
  // What the measure reads of its own rows only, so that the target's own sub-query is of no matter.
  const measures = makeMeasures(target, sight, followOf(target.through ?? [], spec, sees), undefined);
  const valueOver = (name: string, rows: readonly DataRow[]): Cell => {
    const measure = named(measures, name);
    if (measure.form === "leaf") return measure.leaf(rows, false);
    return measure.calculate(measure.over.map((part) => valueOver(part.measure, rows)));
  };
  const redacts = (name: string): boolean => {
    const measure = named(measures, name);
    if (sight.memberMask(target.name, name) === "redact" || measure.nulled === true) return true;
    return measure.over.some((part) => redacts(part.measure));
  };
  return {
    yaml: `sub_query: true, sql: "{${target.name}.${below.measure}}"`,
    value: (row) => valueOver(below.measure, rowsBelow(below.path, spec, sees, row)),
    redacted: redacts(below.measure),
  };
}

function named(measures: readonly FuzzMeasure[], name: string): FuzzMeasure {
  const found = measures.find((measure) => measure.name === name);
  if (found === undefined) throw new Error(`no measure ${name}`);
  return found;
}
