// Which measures read a redacted value. They are NULL for the reader: an aggregate over the mask's text or over NULLs
// would be a number that means nothing.

import { plainColumnOf } from "../model/link-dimension.ts";
import { referencesOf } from "../model/member-sql.ts";
import { sqlOfMember } from "../model/member-uses.ts";
import type { LinkedMeasure, LinkedModel, LinkedTable, MemberSql, SqlReference } from "../model/model.ts";
import { appliesTo, dimensionMask, maskedColumns } from "./masks.ts";

/** `table.measure` of the measures that are NULL for the group. Calculated ones follow from what they are made of. */
export function redactedMeasures(model: LinkedModel, group: string): ReadonlySet<string> {
  const reads = new RedactedReads(model, group);
  const found = new Set<string>();
  for (const table of model.tables.values())
    for (const measure of table.measures)
      if (!isRaw(table, measure) && measure.form !== "calculated" && reads.measure(table, measure))
        found.add(`${table.name}.${measure.name}`);
  return found;
}

/**
 * `count` and `count_distinct` of rows or of a plain column, without filters, are computed over raw values: a number of
 * values shows none of them. One of an expression could ask of each value whether it is the one.
 */
export function isRaw(table: LinkedTable, { type, sql, filters }: LinkedMeasure): boolean {
  if ((type !== "count" && type !== "count_distinct") || filters.length > 0) return false;
  return sql === undefined || countedColumn(table, sql) !== undefined;
}

function countedColumn(table: LinkedTable, sql: MemberSql): string | undefined {
  const pieces = sql.parts.filter((part) => typeof part !== "string" || part.trim() !== "");
  const [only, second] = pieces;
  if (second !== undefined || only === undefined || typeof only === "string" || only.kind !== "dimension")
    return plainColumnOf(sql, table.name);
  const own = only.table === table.name;
  return own ? table.dimensions.find(({ name }) => name === only.name)?.plainColumn : undefined;
}

class RedactedReads {
  readonly #model: LinkedModel;
  readonly #group: string;
  readonly #columns = new Map<string, ReadonlySet<string>>();

  constructor(model: LinkedModel, group: string) {
    this.#model = model;
    this.#group = group;
  }

  measure(table: LinkedTable, measure: LinkedMeasure): boolean {
    const texts = [...(measure.sql === undefined ? [] : [measure.sql]), ...measure.filters];
    return texts.some((sql) => this.#sql(table, sql, new Set()));
  }

  #sql(table: LinkedTable, sql: MemberSql, seen: Set<string>): boolean {
    const redacted = this.#redactedColumns(table);
    if (redacted.size > 0 && sql.reads === "all") return true;
    if (sql.reads !== "all" && sql.reads.some((column) => redacted.has(column.toLowerCase()))) return true;
    return referencesOf(sql).some((part) => this.#reference(part, seen));
  }

  #reference(reference: SqlReference, seen: Set<string>): boolean {
    const table = this.#model.tables.get(reference.table);
    if (table === undefined || reference.kind === "alias") return false;
    if (reference.kind === "column") return this.#redactedColumns(table).has(reference.name.toLowerCase());
    const key = `${reference.table}.${reference.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    if (reference.kind === "measure") {
      const measure = table.measures.find((item) => item.name === reference.name);
      if (measure === undefined) return false;
      if (appliesTo(measure.secure, this.#group) && measure.secure?.func !== "md5") return true;
      return !isRaw(table, measure) && this.measure(table, measure);
    }
    if (reference.kind === "segment") {
      const segment = table.segments.find((item) => item.name === reference.name);
      return segment !== undefined && this.#sql(table, segment.sql, seen);
    }
    const dimension = table.dimensions.find((item) => item.name === reference.name);
    if (dimension === undefined) return false;
    if (dimensionMask(dimension, this.#group) === "redact") return true;
    return sqlOfMember(dimension).some((sql) => this.#sql(table, sql, seen));
  }

  #redactedColumns(table: LinkedTable): ReadonlySet<string> {
    let columns = this.#columns.get(table.name);
    if (columns === undefined) {
      const masked = [...maskedColumns(table, this.#group)];
      columns = new Set(masked.filter(([, mask]) => mask === "redact").map(([column]) => column));
      this.#columns.set(table.name, columns);
    }
    return columns;
  }
}
