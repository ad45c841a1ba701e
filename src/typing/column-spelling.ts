// Writes columns as the warehouse spells them, so that no later stage has to compare names without regard to case.
import type {
  CaseLabel,
  LinkedDimension,
  LinkedJoin,
  LinkedMeasure,
  LinkedSegment,
  LinkedTable,
  MemberSql,
} from "../model/model.ts";

/** The warehouse's spelling of a table's column; the given one where it has none such, or two. */
export type SpellColumn = (table: string, column: string) => string;

export function spellingOf(columns: ReadonlyMap<string, readonly string[]>): SpellColumn {
  return (table, column) => {
    const known = columns.get(table) ?? [];
    if (known.includes(column)) return column;
    const same = known.filter((name) => name.toLowerCase() === column.toLowerCase());
    return same.length === 1 && same[0] !== undefined ? same[0] : column;
  };
}

export function respellTable(table: LinkedTable, spell: SpellColumn): LinkedTable {
  const respell = (sql: MemberSql): MemberSql => respellSql(table.name, sql, spell);
  return {
    ...table,
    joins: table.joins.map((join) => respellJoin(join, spell)),
    dimensions: table.dimensions.map((dimension) => respellDimension(table.name, dimension, spell)),
    measures: table.measures.map(
      (measure): LinkedMeasure => ({
        ...measure,
        sql: measure.sql && respell(measure.sql),
        filters: measure.filters.map(respell),
      }),
    ),
    segments: table.segments.map((segment): LinkedSegment => ({ ...segment, sql: respell(segment.sql) })),
  };
}

function respellSql(table: string, sql: MemberSql, spell: SpellColumn): MemberSql {
  return {
    ...sql,
    parts: sql.parts.map((part) =>
      typeof part === "string" || part.kind !== "column"
        ? part
        : { ...part, name: spell(part.table, part.name) },
    ),
    reads: sql.reads === "all" ? "all" : [...new Set(sql.reads.map((name) => spell(table, name)))],
  };
}

function respellDimension(table: string, dimension: LinkedDimension, spell: SpellColumn): LinkedDimension {
  const { source, plainColumn } = dimension;
  const spelt = plainColumn === undefined ? undefined : spell(table, plainColumn);
  if (source.kind === "sql") {
    return {
      ...dimension,
      plainColumn: spelt,
      source: { kind: "sql", sql: respellSql(table, source.sql, spell) },
    };
  }
  if (source.kind !== "case") return dimension;
  const respellLabel = <L extends CaseLabel | undefined>(label: L): L | MemberSql =>
    label === undefined || typeof label === "string" ? label : respellSql(table, label, spell);
  const whens = source.whens.map(({ sql, label }) => ({
    sql: respellSql(table, sql, spell),
    label: respellLabel(label),
  }));
  return { ...dimension, source: { ...source, whens, elseLabel: respellLabel(source.elseLabel) } };
}

function respellJoin(join: LinkedJoin, spell: SpellColumn): LinkedJoin {
  return {
    ...join,
    sql: respellSql(join.from, join.sql, spell),
    keys: join.keys?.map(({ from, to }) => ({
      from: from.kind === "column" ? { ...from, name: spell(join.from, from.name) } : from,
      to: to.kind === "column" ? { ...to, name: spell(join.to, to.name) } : to,
    })),
  };
}
