// Links one measure: its own aggregate, an expression over other measures, or a text that aggregates by itself.
import { errorAt } from "../problem.ts";
import { isWritten } from "../yaml-shape.ts";
import { isPublic } from "./is-public.ts";
import { checkRowSql } from "./link-dimension.ts";
import { linkRollingWindow } from "./link-rolling-window.ts";
import { checkMaskType, linkMask } from "./link-secure.ts";
import { type LinkContext, type LinkedSql, linkSql, referencesOf, type SqlOwner } from "./member-sql.ts";
import type { LinkedMeasure, MeasureType, MemberSql } from "./model.ts";
import type { Raw, RawMeasure } from "./raw-model.ts";

/** Lens models have such measures to move filters below a window function. */
const windowOverWindow =
  "its sql holds a window function, which has a value per row of a result; write it in the statement instead";

const expressionTypes: ReadonlySet<MeasureType> = new Set(["number", "string", "time", "boolean"]);

export async function linkMeasure(
  context: LinkContext,
  table: string,
  raw: Raw<RawMeasure>,
  groupNames: readonly string[],
): Promise<LinkedMeasure | undefined> {
  const { value, part } = raw;
  const { problems } = context;
  const before = problems.length;
  const secure = linkMask(raw, groupNames, problems);
  checkMaskType(secure, value.type, problems);
  const owner: SqlOwner = { table, member: value.name };
  if (value.sql === undefined && value.type !== "count" && !isWritten(part, "sql")) {
    problems.push(errorAt(part.place(), `measure "${value.name}" of type ${value.type} needs the key sql`));
  }
  const linked =
    value.sql === undefined ? undefined : await linkSql(context, owner, part, ["sql"], value.sql);
  const filters = await linkFilters(context, owner, raw);
  if (
    problems.length > before &&
    (filters === undefined || (value.sql === undefined) !== (linked === undefined))
  ) {
    return undefined;
  }
  const isRolling = value.rolling_window !== undefined || value.rollingWindow !== undefined;
  // Of what is left out anyway the window does not matter.
  const rollingWindow = linked?.hasWindow === true ? undefined : linkRollingWindow(context, raw);
  const form = formOf(value.type, linked);
  checkForm(context, raw, form, linked);
  return {
    kind: "measure",
    name: value.name,
    title: value.title,
    description: value.description,
    public: isPublic(raw, problems),
    location: part.place(["name"]),
    unavailable: isRolling && linked?.hasWindow === true ? windowOverWindow : undefined,
    type: value.type,
    sql: linked?.sql,
    filters: filters ?? [],
    form,
    rollingWindow,
    secure,
  };
}

function formOf(type: MeasureType, linked: LinkedSql | undefined): LinkedMeasure["form"] {
  if (!expressionTypes.has(type)) return "aggregate";
  const readsMeasure =
    linked !== undefined && referencesOf(linked.sql).some(({ kind }) => kind === "measure");
  return readsMeasure ? "calculated" : "rawAggregate";
}

function checkForm(
  context: LinkContext,
  { value, part }: Raw<RawMeasure>,
  form: LinkedMeasure["form"],
  linked: LinkedSql | undefined,
): void {
  const report = (message: string): void => {
    context.problems.push(errorAt(part.place(["sql"]), `measure "${value.name}" ${message}`));
  };
  if (form !== "aggregate" && (value.filters?.length ?? 0) > 0) {
    const message = `measure "${value.name}" of type ${value.type} cannot have filters; put them on the measures it reads`;
    context.problems.push(errorAt(part.keyPlace(["filters"]), message));
  }
  if (linked === undefined) return;
  if (form === "aggregate") {
    const advice = 'an expression over measures has "type: number"';
    checkRowSql(context, [linked.sql], `measure "${value.name}" of type ${value.type}`, advice);
    if (linked.aggregates === true)
      report(`aggregates by its type ${value.type}, and its sql aggregates too`);
  }
  if (form === "calculated") checkCalculated(linked, report);
  if (form === "rawAggregate") checkRawAggregate(linked, report);
  const isRolling = value.rolling_window !== undefined || value.rollingWindow !== undefined;
  if (form === "rawAggregate" && linked.hasWindow && !isRolling)
    report("holds a window function, which has a value per row of a result");
}

/** Text that aggregates by itself is computed over dimensions and own columns, which are all that its scan puts out. */
function checkRawAggregate(linked: LinkedSql, report: (message: string) => void): void {
  for (const reference of referencesOf(linked.sql)) {
    if (reference.kind === "segment") {
      report(
        `aggregates in its sql and reads the segment "${reference.name}"; write the segment's condition there`,
      );
    }
    if (reference.kind === "column" && reference.table !== linked.table) {
      const member = `${reference.table}.${reference.name}`;
      report(
        `aggregates in its sql and reads the column "${member}"; declare a dimension over it and read {${member}}`,
      );
    }
  }
}

function checkCalculated(linked: LinkedSql, report: (message: string) => void): void {
  if (linked.aggregates !== false || linked.hasWindow) {
    const what =
      linked.aggregates === undefined
        ? "is not SQL that PostgreSQL's parser knows"
        : linked.aggregates
          ? "also aggregates; write the aggregate as a measure of its own"
          : "holds a window function, which has a value per row of a result";
    report(`is an expression over measures and ${what}`);
    return;
  }
  const { reads } = linked.sql;
  const row = referencesOf(linked.sql).find(({ kind }) => kind !== "measure");
  const column =
    row !== undefined && row.kind !== "alias" ? row.name : reads === "all" ? undefined : reads[0];
  if (column === undefined) return;
  report(`is an expression over measures and reads "${column}", which has a value per row`);
}

/** undefined after a problem. */
async function linkFilters(
  context: LinkContext,
  owner: SqlOwner,
  { value, part }: Raw<RawMeasure>,
): Promise<MemberSql[] | undefined> {
  const filters: MemberSql[] = [];
  for (const [i, filter] of (value.filters ?? []).entries()) {
    const linked = await linkSql(context, owner, part, ["filters", i, "sql"], filter.sql);
    if (linked !== undefined) filters.push(linked.sql);
  }
  if (
    !checkRowSql(context, filters, `a filter of measure "${value.name}"`, "a filter is a condition on rows")
  ) {
    return undefined;
  }
  return filters.length === (value.filters?.length ?? 0) ? filters : undefined;
}
