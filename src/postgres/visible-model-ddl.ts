// The definitions that fill an instance: one empty table for each relation that a group can see.
import { type DataType, formatDataType } from "../data-type.ts";
import type { VisibleForeignKey, VisibleModel, VisibleRelation } from "../model/visible-model.ts";
import { quoteName, quoteText } from "./quoting.ts";

function tableName(relation: VisibleRelation): string {
  return `public.${quoteName(relation.name)}`;
}

/** Whether PostgreSQL has an order for the type: a key needs one. */
function isOrdered(type: DataType): boolean {
  return type.kind === "array" ? isOrdered(type.element) : type.kind !== "json";
}

function typeOf(relation: VisibleRelation, column: string): DataType | undefined {
  return relation.columns.find((candidate) => candidate.name === column)?.type;
}

/** The key, where PostgreSQL can hold it. */
function primaryKeyOf(relation: VisibleRelation): readonly string[] {
  const types = relation.primaryKey.map((column) => typeOf(relation, column));
  return types.every((type) => type !== undefined && isOrdered(type)) ? relation.primaryKey : [];
}

function createTable(relation: VisibleRelation): string {
  const items = relation.columns.map((column) => `${quoteName(column.name)} ${formatDataType(column.type)}`);
  const key = primaryKeyOf(relation);
  if (key.length > 0) items.push(`PRIMARY KEY (${key.map(quoteName).join(", ")})`);
  return `CREATE TABLE ${tableName(relation)} (${items.join(", ")})`;
}

/** Comments as rows of one INSERT: a COMMENT for each column takes ten times as long. */
function insertComments(relation: VisibleRelation): string[] {
  const oid = `${quoteText(tableName(relation))}::pg_catalog.regclass`;
  const rows = relation.columns.flatMap((column, index) =>
    column.comment === undefined ? [] : [`(${index + 1}, ${quoteText(column.comment)})`],
  );
  if (relation.comment !== undefined) rows.push(`(0, ${quoteText(relation.comment)})`);
  if (rows.length === 0) return [];
  return [
    "INSERT INTO pg_catalog.pg_description (objoid, classoid, objsubid, description) " +
      `SELECT ${oid}, 'pg_catalog.pg_class'::pg_catalog.regclass, number, text ` +
      `FROM (VALUES ${rows.join(", ")}) AS comments (number, text)`,
  ];
}

function sameColumns(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((column) => right.includes(column));
}

function createForeignKey(
  visible: VisibleModel,
  relation: VisibleRelation,
  key: VisibleForeignKey,
): string | undefined {
  const target = visible.relations.get(key.relation);
  if (target === undefined || key.columns.length === 0) return undefined;
  if (!sameColumns(primaryKeyOf(target), key.relationColumns)) return undefined;
  const sameTypes = key.columns.every((column, index) => {
    const from = typeOf(relation, column);
    const to = typeOf(target, key.relationColumns[index] ?? "");
    return from !== undefined && to !== undefined && formatDataType(from) === formatDataType(to);
  });
  if (!sameTypes) return undefined;
  return (
    `ALTER TABLE ${tableName(relation)} ADD FOREIGN KEY (${key.columns.map(quoteName).join(", ")}) ` +
    `REFERENCES ${tableName(target)} (${key.relationColumns.map(quoteName).join(", ")})`
  );
}

/** SQL that fills an empty instance; oids follow from it alone. */
export function visibleModelDdl(visible: VisibleModel): string {
  const relations = [...visible.relations.values()];
  const foreignKeys = relations.flatMap((relation) =>
    relation.foreignKeys.map((key) => createForeignKey(visible, relation, key)),
  );
  return [
    // SELECT to read, REFERENCES because information_schema shows constraints to those who have more than SELECT.
    "ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, REFERENCES ON TABLES TO PUBLIC",
    ...relations.map(createTable),
    ...foreignKeys.filter((sql) => sql !== undefined),
    ...relations.flatMap(insertComments),
  ].join(";\n");
}
