// Members as plain SQL of the warehouse, for questions about their types. No policy is in it: nothing is run for a client.
import { type AttributeReference, attributeDataType } from "../attributes.ts";
import { typeModifier, typeOid } from "../data-type.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { unreachable } from "../errors.ts";
import { referencesOf } from "../model/member-sql.ts";
import { sqlOfMember } from "../model/member-uses.ts";
import type {
  CaseLabel,
  LinkedDimension,
  LinkedMeasure,
  LinkedModel,
  LinkedTable,
  MemberSql,
  SqlReference,
} from "../model/model.ts";

/** How a dialect spells what is needed here. */
export type MemberSpelling = Pick<Dialect, "quoteIdentifier" | "textLiteral" | "typeName">;

export interface TextContext {
  readonly tables: LinkedModel["tables"];
  readonly dialect: MemberSpelling;
  /**
   * A column in the place of a subquery for one value per row. An engine takes columns for equal, as ORDER BY inside a
   * DISTINCT aggregate asks for, and subqueries not.
   */
  readonly columnFor?: ((subquery: string) => string) | undefined;
}

/** `(base SQL) AS "table"`; the line break ends a comment that the SQL may end in. */
export function fromTable(context: TextContext, table: LinkedTable): string {
  return `(${table.sql}\n) AS ${context.dialect.quoteIdentifier(table.name)}`;
}

/**
 * The text of an expression over a row of `table`. What it reads of another table becomes a subquery for one value,
 * so that bare names always mean the member's own table.
 */
export function expressionText(context: TextContext, table: string, sql: MemberSql): string {
  return sql.parts
    .map((part) => {
      if (typeof part === "string") return part;
      return part.kind === "attribute" ? attributeText(context, part) : referenceText(context, table, part);
    })
    .join("");
}

/** Whoever asks has no value yet; its type is known. */
function attributeText({ dialect }: TextContext, reference: AttributeReference): string {
  const type = attributeDataType({ type: reference.type, isList: false });
  const shown = type.kind === "numeric" ? widestNumeric : type;
  const value = `CAST(NULL AS ${dialect.typeName(typeOid(shown), typeModifier(shown)) ?? "VARCHAR"})`;
  return reference.isList ? `SELECT ${value}` : value;
}

/** Every warehouse has it, and numbers of other types compare with it. */
const widestNumeric = { kind: "numeric", precision: 38, scale: 10 } as const;

function referenceText(context: TextContext, own: string, reference: SqlReference): string {
  const { quoteIdentifier } = context.dialect;
  if (reference.kind === "alias") return quoteIdentifier(reference.table);
  if (reference.table === own) return `(${valueText(context, reference)})`;
  const subquery = otherValueText(context, reference);
  return reference.kind === "measure" ? subquery : (context.columnFor?.(subquery) ?? subquery);
}

function otherValueText(context: TextContext, reference: Exclude<SqlReference, { kind: "alias" }>): string {
  const text = `(${valueText({ ...context, columnFor: undefined }, reference)})`;
  const limit = reference.kind === "measure" ? "" : " LIMIT 1";
  return `(SELECT ${text} FROM ${fromTable(context, tableOf(context, reference.table))}${limit})`;
}

function valueText(context: TextContext, reference: Exclude<SqlReference, { kind: "alias" }>): string {
  const table = tableOf(context, reference.table);
  const { quoteIdentifier } = context.dialect;
  switch (reference.kind) {
    case "column":
      return `${quoteIdentifier(table.name)}.${quoteIdentifier(reference.name)}`;
    case "dimension":
      return dimensionText(context, table.name, named(table.dimensions, reference.name));
    case "measure":
      return measureText(context, table.name, named(table.measures, reference.name));
    case "segment":
      return expressionText(context, table.name, named(table.segments, reference.name).sql);
    default:
      return unreachable(reference);
  }
}

export function dimensionText(context: TextContext, table: string, dimension: LinkedDimension): string {
  const { source } = dimension;
  switch (source.kind) {
    case "sql":
      return expressionText(context, table, source.sql);
    case "case": {
      const text = (label: CaseLabel) =>
        typeof label === "string"
          ? context.dialect.textLiteral(label)
          : `CAST((${expressionText(context, table, label)}) AS VARCHAR)`;
      const whens = source.whens.map(
        ({ sql, label }) => `WHEN (${expressionText(context, table, sql)}) THEN ${text(label)}`,
      );
      const otherwise = source.elseLabel === undefined ? "" : ` ELSE ${text(source.elseLabel)}`;
      return `CASE ${whens.join(" ")}${otherwise} END`;
    }
    case "subQuery": {
      const { table: target, measure: name } = source;
      const subquery = otherValueText(context, { kind: "measure", table: target, name });
      return context.columnFor?.(subquery) ?? subquery;
    }
    default:
      return unreachable(source);
  }
}

/** The measure's aggregate over the rows of its table. */
export function measureText(context: TextContext, table: string, measure: LinkedMeasure): string {
  const argument = measure.sql === undefined ? undefined : expressionText(context, table, measure.sql);
  const kept = (text: string): string => {
    if (measure.filters.length === 0) return text;
    const conditions = measure.filters.map((filter) => `(${expressionText(context, table, filter)})`);
    return `CASE WHEN ${conditions.join(" AND ")} THEN ${text} END`;
  };
  switch (measure.type) {
    case "count":
      return `COUNT(${kept(argument === undefined ? "1" : `(${argument})`)})`;
    // Its type does not depend on how it is counted.
    case "count_distinct":
    case "count_distinct_approx":
      return `COUNT(DISTINCT ${kept(`(${argument ?? "1"})`)})`;
    case "sum":
    case "avg":
    case "min":
    case "max":
      return `${measure.type.toUpperCase()}(${kept(`(${argument ?? "1"})`)})`;
    case "number":
    case "string":
    case "time":
    case "boolean":
      return argument ?? "NULL";
    default:
      return unreachable(measure.type);
  }
}

/** The tables that a piece of SQL reads, over other members too. */
export function tablesRead(context: TextContext, sqls: readonly MemberSql[]): ReadonlySet<string> {
  const tables = new Set<string>();
  const seen = new Set<string>();
  const visit = (sql: MemberSql): void => {
    for (const reference of referencesOf(sql)) {
      tables.add(reference.table);
      const key = JSON.stringify(reference);
      if (seen.has(key) || reference.kind === "alias" || reference.kind === "column") continue;
      seen.add(key);
      for (const next of sqlsBehind(context, reference)) visit(next);
    }
  };
  for (const sql of sqls) visit(sql);
  return tables;
}

function sqlsBehind(context: TextContext, reference: SqlReference): readonly MemberSql[] {
  const table = tableOf(context, reference.table);
  if (reference.kind === "measure") {
    const measure = named(table.measures, reference.name);
    return measure.sql === undefined ? measure.filters : [measure.sql, ...measure.filters];
  }
  if (reference.kind === "segment") return [named(table.segments, reference.name).sql];
  if (reference.kind !== "dimension") return [];
  return sqlOfMember(named(table.dimensions, reference.name));
}

function tableOf(context: TextContext, name: string): LinkedTable {
  const table = context.tables.get(name);
  if (table === undefined) throw new TypeError(`the linker let a reference to "${name}" through`);
  return table;
}

function named<T extends { readonly name: string }>(members: readonly T[], name: string): T {
  const member = members.find((candidate) => candidate.name === name);
  if (member === undefined) throw new TypeError(`the linker let a reference to "${name}" through`);
  return member;
}
