// COPY ... TO STDOUT: the query that it runs, and the form its rows are wanted in. What it may show is what that query
// shows, since it is planned, secured and recorded as any other.
import type { CopyStmt, RangeVar } from "@pgsql/types";
import type { CopyFormat } from "../copy-format.ts";
import { LensError, withoutPosition } from "../errors.ts";
import type { ResultColumn } from "../result.ts";
import { quoteName } from "../sql/quote-name.ts";
import { tokenAt } from "../sql/sql-tokens.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";
import { sqlstates } from "../sqlstate.ts";
import {
  copySelectInto,
  repeatedCopyColumn,
  unknownCopyColumn,
  unreferencedCopyColumn,
} from "./copy-errors.ts";
import { type CopyOptions, namesOf, readCopyOptions } from "./copy-options.ts";
import { Portal, type PortalRows } from "./portal.ts";
import { commandNotSupported, unknownParameter } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { columnsOf, parameterTypesOf, type StatementPlan } from "./statement-plan.ts";

/** `outer` is the COPY's own portal. As in PostgreSQL, nothing of it is looked at before it runs. */
export async function runCopy(
  state: SessionState,
  tree: CopyStmt,
  statement: Statement,
  outer: Portal,
): Promise<PortalRows> {
  const wholeText = outer.plan.kind === "utility" ? outer.plan.wholeText : statement.text;
  const options = (): CopyOptions => readCopyOptions(tree, positionsIn(statement, wholeText));
  const { relation } = tree;
  const { plan, format } =
    relation === undefined
      ? await planQuery(state, tree, { statement, wholeText }, options)
      : await planRelation(state, tree, relation, { statement, options });
  const portal = new Portal({
    name: "",
    plan,
    createdMs: outer.createdMs,
    parameters: [],
    formats: format.kind === "binary" ? [1] : [],
    depth: state.transaction.depth,
    isWhole: true,
  });
  portal.tie(outer.signal);
  const rows = await state.startPortal(portal);
  if (typeof rows === "string" || "receiver" in rows)
    throw new TypeError("a COPY ran a statement without rows");
  return { ...rows, tag: (count) => `COPY ${count}`, copy: format };
}

interface PlannedCopy {
  readonly plan: StatementPlan;
  readonly format: CopyFormat;
}

async function planQuery(
  state: SessionState,
  tree: CopyStmt,
  { statement, wholeText }: { readonly statement: Statement; readonly wholeText: string },
  readOptions: () => CopyOptions,
): Promise<PlannedCopy> {
  const options = readOptions();
  const { query } = tree;
  if (query !== undefined && "SelectStmt" in query && query.SelectStmt.intoClause !== undefined)
    throw copySelectInto();
  const { start, end } = queryPlaces(statement.text);
  const text = statement.text.slice(start, end);
  const offset = statement.offset + start;
  const plan = await state.planInner(text, offset, [], { wholeText, recordedText: statement.text });
  if (parameterTypesOf(plan).length > 0) {
    const at = statement.text.indexOf("$", start);
    throw unknownParameter(1, new TextPlaces(wholeText).positionOfOffset(statement.offset + at));
  }
  if (plan.kind !== "query") throw commandNotSupported("COPY of a query that writes");
  return { plan, format: withForcedQuotes(options, columnsOf(plan) ?? [], undefined) };
}

/** Differs from PostgreSQL: the views of a model and of the catalog are copied by their names too. */
async function planRelation(
  state: SessionState,
  tree: CopyStmt,
  relation: RangeVar,
  { statement, options }: { readonly statement: Statement; readonly options: () => CopyOptions },
): Promise<PlannedCopy> {
  const names = [relation.catalogname, relation.schemaname, relation.relname];
  const table = names
    .filter((name) => name !== undefined && name !== "")
    .map((name) => quoteName(name ?? ""));
  const columns = namesOf(tree.attlist ?? []);
  /** The table's columns: some of them, or `*`. */
  const planOf = async (list: string): Promise<StatementPlan> => {
    const text = `SELECT ${list} FROM ${table.join(".")}`;
    try {
      return await state.planInner(text, 0, [], { wholeText: text, recordedText: statement.text });
    } catch (error) {
      throw ofRelation(error, relation.relname ?? "");
    }
  };
  const plan = await planOf(columns.length === 0 ? "*" : columns.map(quoteName).join(", "));
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index);
  if (repeated !== undefined) throw repeatedCopyColumn(repeated);
  const read = options();
  if (columns.length > 0 && Array.isArray(read.forceQuote)) {
    const other = read.forceQuote.find((name) => !columns.includes(name));
    if (other !== undefined) {
      // Throws where the table has no such column.
      await planOf(quoteName(other));
      throw unreferencedCopyColumn("FORCE_QUOTE", other);
    }
  }
  return { plan, format: withForcedQuotes(read, columnsOf(plan) ?? [], relation.relname) };
}

/** An error of the query that stands for a table, as COPY says it: positions would be those of our text. */
function ofRelation(error: unknown, relation: string): unknown {
  if (!(error instanceof LensError)) return error;
  if (error.sqlstate === sqlstates.undefined_column) {
    const column = /^column "(.*)" does not exist$/s.exec(error.message)?.[1];
    if (column !== undefined) return unknownCopyColumn(column, relation);
  }
  return withoutPosition(error);
}

function withForcedQuotes(
  { format, forceQuote }: CopyOptions,
  columns: readonly ResultColumn[],
  relation: string | undefined,
): CopyFormat {
  if (format.kind !== "csv" || forceQuote === undefined) return format;
  if (forceQuote === "all") return { ...format, forceQuote: new Set(columns.keys()) };
  const forced = new Set<number>();
  for (const name of forceQuote) {
    const index = columns.findIndex((column) => column.name === name);
    if (index === -1) throw unknownCopyColumn(name, relation);
    if (forced.has(index)) throw repeatedCopyColumn(name);
    forced.add(index);
  }
  return { ...format, forceQuote: forced };
}

/** Where the query between the parentheses after COPY stands. */
function queryPlaces(text: string): { readonly start: number; readonly end: number } {
  const open = tokenAt(text, tokenAt(text, 0).end);
  let depth = 0;
  for (let token = open; token.kind !== "end"; token = tokenAt(text, token.end)) {
    const own = text.slice(token.start, token.end);
    if (own === "(") depth++;
    else if (own === ")") depth--;
    if (depth === 0) return { start: open.end, end: token.start };
  }
  throw new TypeError("a COPY of a query without its parentheses");
}

function positionsIn(
  statement: Statement,
  wholeText: string,
): (location: number | undefined) => number | undefined {
  const own = new TextPlaces(statement.text, statement.bytesBefore);
  const whole = new TextPlaces(wholeText);
  return (location) =>
    location === undefined
      ? undefined
      : whole.positionOfOffset(statement.offset + own.offsetOfByte(location));
}
