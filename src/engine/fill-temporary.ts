// CREATE TEMP TABLE AS and SELECT INTO TEMP: a query whose rows, which are those that its reader may see, become a table.
import type { IntoClause, Node } from "@pgsql/types";
import type { ResultColumn } from "../result.ts";
import { tokenAt } from "../sql/sql-tokens.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";
import type { TemporaryColumn } from "../temporary-table.ts";
import { collectRows } from "./collect-rows.ts";
import { isTaken, onCommitOf, refuseColumnNames, refuseCreation } from "./create-temporary.ts";
import type { Portal } from "./portal.ts";
import { commandNotSupported } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { columnsOf, parameterTypesOf, type StatementPlan } from "./statement-plan.ts";
import { endOfKeyword } from "./statement-tail.ts";
import { temporaryTableFeature, tooManyColumnNames } from "./temporary-errors.ts";
import { supportedType } from "./temporary-types.ts";

export interface FillStatement {
  readonly into: IntoClause;
  readonly ifNotExists: boolean | undefined;
  /** The query's text, with blanks for what belongs to the table, and where it begins in the statement's. */
  readonly text: string;
  readonly start: number;
  /** For 25006. */
  readonly command: "CREATE TABLE AS" | "SELECT INTO";
}

/** The parts of a statement that makes a table of a query; undefined for any other. */
export function readFill({ node, text, bytesBefore }: Statement): FillStatement | undefined {
  if ("SelectStmt" in node && node.SelectStmt.intoClause !== undefined) {
    const into = node.SelectStmt.intoClause;
    const place = new TextPlaces(text, bytesBefore).offsetOfByte(into.rel?.location ?? 0);
    return { into, ifNotExists: false, text: withoutInto(text, place), start: 0, command: "SELECT INTO" };
  }
  if (!("CreateTableAsStmt" in node) || node.CreateTableAsStmt.objtype !== "OBJECT_TABLE") return undefined;
  const { into = {}, if_not_exists: ifNotExists, query } = node.CreateTableAsStmt;
  if (isExecute(query)) throw commandNotSupported("CREATE TABLE AS EXECUTE");
  const start = endOfKeyword(text, "as") ?? 0;
  const body = text.slice(start).replace(/\bwith\s+(?:no\s+)?data\s*$/i, "");
  return { into, ifNotExists, text: body, start, command: "CREATE TABLE AS" };
}

function isExecute(query: Node | undefined): boolean {
  return query !== undefined && "ExecuteStmt" in query;
}

/** `name` is where the table's name stands. Every character that goes becomes a blank: places stay what they are. */
function withoutInto(text: string, name: number): string {
  let start = name;
  for (let token = tokenAt(text, 0); token.start < name; token = tokenAt(text, token.end)) {
    if (text.slice(token.start, token.end).toLowerCase() === "into") start = token.start;
  }
  let last = tokenAt(text, name);
  for (let dot = tokenAt(text, last.end); text[dot.start] === "."; dot = tokenAt(text, last.end)) {
    last = tokenAt(text, dot.end);
  }
  const blanks = text.slice(start, last.end).replace(/[^\n]/gu, " ");
  return text.slice(0, start) + blanks + text.slice(last.end);
}

/** Looks at the query, as PostgreSQL does before anything runs. */
export async function planFill(
  state: SessionState,
  statement: Statement,
  fill: FillStatement,
  parameterTypes: readonly number[],
): Promise<StatementPlan> {
  const relation = fill.into.rel ?? {};
  refuseCreation(state, statement, relation, fill.command);
  if ((fill.into.options ?? []).length > 0) throw temporaryTableFeature("WITH");
  const query = await state.planInner(fill.text, statement.offset + fill.start, parameterTypes, {
    recordedText: statement.text,
  });
  if (query.kind !== "query") throw new TypeError("a table is made of a query");
  return {
    kind: "write",
    statement,
    parameterTypes: parameterTypesOf(query),
    columns: undefined,
    reads: query.prepared.kind,
    charactersBefore: query.charactersBefore,
    run: (portal) => runFill(state, statement, fill, query, portal),
  };
}

/** Returns the command tag. */
async function runFill(
  state: SessionState,
  statement: Statement,
  fill: FillStatement,
  query: StatementPlan & { readonly kind: "query" },
  portal: Portal,
): Promise<string> {
  const { into, ifNotExists, command } = fill;
  const name = into.rel?.relname ?? "";
  refuseCreation(state, statement, into.rel ?? {}, command);
  if (isTaken(state, name, ifNotExists)) return "CREATE TABLE AS";
  const columns = columnsFor(columnsOf(query) ?? [], into.colNames ?? []);
  const definition = { name, columns, constraints: [], indexes: [] };
  const onCommit = onCommitOf(into.onCommit);
  if (into.skipData === true) {
    state.temporaryTables.create(definition, onCommit);
    return "CREATE TABLE AS";
  }
  const stream = await state.startInner((run) => query.prepared.start(run), portal, [1]);
  const rows = await collectRows(stream, definition, state.options.readBinary);
  state.temporaryTables.create(definition, onCommit);
  state.temporaryTables.append(name, rows);
  return `SELECT ${rows.rowCount}`;
}

function columnsFor(columns: readonly ResultColumn[], names: readonly Node[]): readonly TemporaryColumn[] {
  if (names.length > columns.length) throw tooManyColumnNames();
  const made = columns.map(({ name, typeOid, typeModifier }, index): TemporaryColumn => {
    const given = names[index];
    const own = given !== undefined && "String" in given ? (given.String.sval ?? name) : name;
    const typeName = supportedType(own, typeOid, typeModifier);
    return { name: own, typeOid, typeModifier, typeName, notNull: false, default: undefined };
  });
  refuseColumnNames(made.map((column) => column.name));
  return made;
}
