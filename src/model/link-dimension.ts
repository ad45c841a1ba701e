// Links one dimension: what it is computed from, and whether it is a plain column.
import { errorAt } from "../problem.ts";
import { isWritten } from "../yaml-shape.ts";
import type { YamlPath } from "../yaml-source.ts";
import { isPublic } from "./is-public.ts";
import { checkMaskType, linkMask } from "./link-secure.ts";
import { columnSql, type LinkContext, linkSql, referencesOf, type SqlOwner } from "./member-sql.ts";
import type { CaseLabel, DimensionSource, LinkedDimension, MemberSql } from "./model.ts";
import type { Raw, RawDimension } from "./raw-model.ts";

export async function linkDimension(
  context: LinkContext,
  table: string,
  raw: Raw<RawDimension>,
  groupNames: readonly string[],
): Promise<LinkedDimension | undefined> {
  const { value, part } = raw;
  const secure = linkMask(raw, groupNames, context.problems);
  checkMaskType(secure, value.type, context.problems);
  const owner: SqlOwner = { table, member: value.name };
  const source = await linkSource(context, owner, raw);
  if (source === undefined) return undefined;
  return {
    kind: "dimension",
    name: value.name,
    title: value.title,
    description: value.description,
    public: isPublic(raw, context.problems),
    location: part.place(["name"]),
    unavailable: undefined,
    type: value.type,
    source,
    plainColumn: source.kind === "sql" ? plainColumnOf(source.sql, table) : undefined,
    primaryKey: value.primary_key ?? false,
    secure,
  };
}

async function linkSource(
  context: LinkContext,
  owner: SqlOwner,
  raw: Raw<RawDimension>,
): Promise<DimensionSource | undefined> {
  const { value, part } = raw;
  const keys = (["column", "sql", "case"] as const).filter((key) => value[key] !== undefined);
  const [key] = keys;
  // A key that is there and of the wrong shape was complained of already.
  if (key === undefined && ["column", "sql", "case"].some((name) => isWritten(part, name))) return undefined;
  if (key === undefined || keys.length > 1) {
    const message =
      key === undefined
        ? `dimension "${value.name}" needs one of the keys column, sql, case`
        : `dimension "${value.name}" has the keys ${keys.join(" and ")}; keep one`;
    context.problems.push(errorAt(part.place(), message));
    return undefined;
  }
  checkSubQueryKeys(context, raw);
  if (value.case !== undefined) return linkCase(context, owner, raw, value.case);
  const text = (key === "column" ? value.column : value.sql) ?? "";
  if (key === "column" && !text.includes("{") && value.sub_query !== true) {
    return { kind: "sql", sql: columnSql(owner.table, text.trim(), part, ["column"]) };
  }
  const linked = await linkSql(context, owner, part, [key], text);
  if (linked === undefined) return undefined;
  if (value.sub_query !== true) return { kind: "sql", sql: linked.sql };
  const [reference, ...rest] = linked.sql.parts.filter(
    (piece) => typeof piece !== "string" || piece.trim() !== "",
  );
  if (
    rest.length === 0 &&
    typeof reference === "object" &&
    reference.kind === "measure" &&
    reference.table !== owner.table
  ) {
    const propagateFilters = value.propagate_filters_to_sub_query ?? false;
    const { table, name: measure } = reference;
    return { kind: "subQuery", table, measure, propagateFilters, sql: linked.sql };
  }
  const message = `sub_query dimension "${value.name}" needs exactly one measure of another table: "{table.measure}"`;
  context.problems.push(errorAt(part.place([key]), message));
  return undefined;
}

/** Keys that say nothing where they stand, which their author cannot have meant. */
function checkSubQueryKeys(context: LinkContext, { value, part }: Raw<RawDimension>): void {
  const report = (key: string, message: string): void => {
    context.problems.push(errorAt(part.keyPlace([key]), `dimension "${value.name}" ${message}`));
  };
  if (value.sub_query === true && value.case !== undefined)
    report("sub_query", "is a case, which cannot be a sub-query; make the sub-query a dimension of its own");
  if (value.sub_query !== true && value.propagate_filters_to_sub_query === true)
    report("propagate_filters_to_sub_query", 'has no sub-query; write "sub_query: true"');
}

async function linkCase(
  context: LinkContext,
  owner: SqlOwner,
  raw: Raw<RawDimension>,
  cases: NonNullable<RawDimension["case"]>,
): Promise<DimensionSource | undefined> {
  if (raw.value.type !== "string") {
    const message = `a case yields text, so dimension "${raw.value.name}" must be of type string`;
    context.problems.push(errorAt(raw.part.place(["type"]), message));
  }
  const linkLabel = async (path: YamlPath, label: RawLabel): Promise<CaseLabel | undefined> =>
    typeof label === "string"
      ? label
      : (await linkSql(context, owner, raw.part, [...path, "label", "sql"], label.sql))?.sql;
  const whens: { sql: MemberSql; label: CaseLabel }[] = [];
  for (const [i, when] of cases.when.entries()) {
    const linked = await linkSql(context, owner, raw.part, ["case", "when", i, "sql"], when.sql);
    const label = await linkLabel(["case", "when", i], when.label);
    if (linked !== undefined && label !== undefined) whens.push({ sql: linked.sql, label });
  }
  const elseLabel = cases.else && (await linkLabel(["case", "else"], cases.else.label));
  if (whens.length < cases.when.length || (cases.else !== undefined && elseLabel === undefined))
    return undefined;
  return { kind: "case", whens, elseLabel };
}

type RawLabel = NonNullable<RawDimension["case"]>["when"][number]["label"];

const barePattern = /^\s*(?:[A-Za-z_]\w*|"(?:[^"]|"")+")\s*$/;

/** The base column, where the SQL is nothing but one. */
export function plainColumnOf(sql: MemberSql, table: string): string | undefined {
  const pieces = sql.parts.filter((part) => typeof part !== "string" || part.trim() !== "");
  const [only, second] = pieces;
  if (only === undefined || second !== undefined) return undefined;
  if (typeof only !== "string") return only.kind === "column" && only.table === table ? only.name : undefined;
  // A bare word may also be a constant like current_date: the parser says whether it reads a column.
  return barePattern.test(only) && sql.reads !== "all" && sql.reads.length === 1 ? sql.reads[0] : undefined;
}

/** The pieces of SQL over a row that a dimension is computed from; none for a sub-query. */
export function sqlOfDimension(dimension: LinkedDimension): readonly MemberSql[] {
  const { source } = dimension;
  if (source.kind === "sql") return [source.sql];
  if (source.kind !== "case") return [];
  const labels = [...source.whens.map(({ label }) => label), source.elseLabel];
  return [
    ...source.whens.map((when) => when.sql),
    ...labels.filter((label) => label !== undefined && typeof label !== "string"),
  ];
}

/** Reports measures where only values of rows can stand. */
export function checkRowSql(
  context: LinkContext,
  sqls: readonly MemberSql[],
  what: string,
  advice: string,
): boolean {
  let usable = true;
  for (const sql of sqls) {
    for (const reference of referencesOf(sql)) {
      if (reference.kind !== "measure") continue;
      const message = `${what} reads the measure "${reference.table}.${reference.name}"; ${advice}`;
      context.problems.push(errorAt(sql.location, message));
      usable = false;
    }
  }
  return usable;
}
