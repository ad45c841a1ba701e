// Links one table: its base SQL, joins and members.
import { errorAt } from "../problem.ts";
import { isPublic } from "./is-public.ts";
import { checkRowSql, linkDimension, sqlOfDimension } from "./link-dimension.ts";
import { linkJoin } from "./link-join.ts";
import { linkMeasure } from "./link-measure.ts";
import { linkRowFilter } from "./link-secure.ts";
import { type LinkContext, linkSql } from "./member-sql.ts";
import type { LinkedDimension, LinkedJoin, LinkedMeasure, LinkedSegment, LinkedTable } from "./model.ts";
import type { Raw, RawSegment, RawTableParts } from "./raw-model.ts";
import { trimStatement } from "./sql-pieces.ts";

export async function linkTable(
  context: LinkContext,
  parts: RawTableParts,
  groupNames: readonly string[],
): Promise<LinkedTable> {
  const { value, part } = parts.table;
  const dimensions = await linkDimensions(context, parts, groupNames);
  const measures: LinkedMeasure[] = [];
  for (const raw of parts.measures) {
    const measure = await linkMeasure(context, value.name, raw, groupNames);
    if (measure !== undefined) measures.push(measure);
  }
  const segments: LinkedSegment[] = [];
  for (const raw of parts.segments) {
    const segment = await linkSegment(context, value.name, raw, groupNames);
    if (segment !== undefined) segments.push(segment);
  }
  const joins = await linkJoins(context, parts);
  const primaryKey = dimensions.filter((dimension) => dimension.primaryKey).map(({ name }) => name);
  const keyIsBroken = parts.broken.size > 0 || dimensions.length < parts.dimensions.length;
  if (parts.joins.length > 0 && primaryKey.length === 0 && !keyIsBroken) {
    const message = `table "${value.name}" declares joins and needs a primary key: a dimension with "primary_key: true"`;
    context.problems.push(errorAt(part.keyPlace(["joins"]), message));
  }
  const sql = trimStatement(value.sql);
  if (sql === "") context.problems.push(errorAt(part.place(["sql"]), "the SQL is empty"));
  return {
    name: value.name,
    sql,
    description: value.description,
    public: isPublic(parts.table, context.problems),
    dataSource: value.data_source,
    joins,
    dimensions,
    measures,
    segments,
    primaryKey,
    location: part.place(["name"]),
  };
}

async function linkDimensions(
  context: LinkContext,
  parts: RawTableParts,
  groupNames: readonly string[],
): Promise<LinkedDimension[]> {
  const table = parts.table.value.name;
  const dimensions: LinkedDimension[] = [];
  for (const raw of parts.dimensions) {
    const dimension = await linkDimension(context, table, raw, groupNames);
    if (dimension === undefined) continue;
    const advice = 'a value per row is written with "sub_query: true"';
    checkRowSql(context, sqlOfDimension(dimension), `dimension "${dimension.name}"`, advice);
    dimensions.push(dimension);
  }
  return dimensions;
}

async function linkJoins(context: LinkContext, parts: RawTableParts): Promise<LinkedJoin[]> {
  const joins = new Map<string, LinkedJoin>();
  for (const raw of parts.joins) {
    const join = await linkJoin(context, parts.table.value.name, raw);
    if (join === undefined) continue;
    if (joins.has(join.to)) {
      const message = `table "${join.from}" already declares a join to "${join.to}"`;
      context.problems.push(errorAt(join.location, message));
    }
    joins.set(join.to, join);
  }
  return [...joins.values()];
}

async function linkSegment(
  context: LinkContext,
  table: string,
  raw: Raw<RawSegment>,
  groupNames: readonly string[],
): Promise<LinkedSegment | undefined> {
  const { value, part } = raw;
  const secure = linkRowFilter(raw, groupNames, context.problems);
  const owner = { table, member: value.name, isRowFilter: secure !== undefined, isSegment: true };
  const linked = await linkSql(context, owner, part, ["sql"], value.sql);
  if (linked === undefined) return undefined;
  checkRowSql(context, [linked.sql], `segment "${value.name}"`, "a segment is a condition on rows");
  return {
    kind: "segment",
    name: value.name,
    title: value.title,
    description: value.description,
    public: isPublic(raw, context.problems),
    location: part.place(["name"]),
    unavailable: undefined,
    sql: linked.sql,
    secure,
  };
}
