// Statements that write to a temporary table: INSERT, UPDATE and DELETE here; those that make the table with it in
// fill-temporary.ts.
import type { Statement } from "../sql/statement.ts";
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { type CollectedRows, checkRows, collectRows } from "./collect-rows.ts";
import { type ConstantRows, readConstantRows } from "./constant-rows.ts";
import { planFill, readFill } from "./fill-temporary.ts";
import type { Portal, PortalRows } from "./portal.ts";
import type { PreparedWrite, PrepareWriteRequest } from "./query-engine.ts";
import type { SessionState } from "./session-state.ts";
import { charactersBefore, moved } from "./statement-places.ts";
import type { StatementPlan } from "./statement-plan.ts";
import { unknownRelation } from "./temporary-errors.ts";
import { temporaryNameOf, writtenRelation } from "./temporary-names.ts";

/** Looks at a statement that writes to one. */
export async function planWrite(
  state: SessionState,
  statement: Statement,
  parameterTypes: readonly number[],
): Promise<StatementPlan> {
  const fill = readFill(statement);
  if (fill !== undefined) return planFill(state, statement, fill, parameterTypes);
  const relation = writtenRelation(statement.node) ?? {};
  const target = temporaryNameOf(state.temporaryTables, relation);
  const definition = state.temporaryTables.get(target ?? "")?.definition;
  if (target === undefined || definition === undefined) throw unknownRelation(relation.relname ?? "");
  const before = charactersBefore(state.clientText, statement);
  const plan = { kind: "write" as const, statement, charactersBefore: before };
  const { readParameter } = state.options;
  const read = (typeOid: number, text: string) => readParameter(typeOid, text, state.settings).value;
  const constants =
    "InsertStmt" in statement.node
      ? readConstantRows(statement.node.InsertStmt, definition, read)
      : undefined;
  const runConstants = (rows: ConstantRows) => async (portal: Portal) => {
    if (state.temporaryTables.get(target)?.definition === definition)
      return addConstants(state, definition, rows.rows(portal.parameters));
    const again = await planWrite(state, statement, parameterTypes);
    if (again.kind !== "write") throw new TypeError("an INSERT became another statement");
    return again.run(portal);
  };
  if (constants?.hasParameters === false) {
    const run = runConstants(constants);
    return { ...plan, parameterTypes: [], columns: undefined, reads: "session", run };
  }
  const prepared = await prepareWrite(state, { statement, target, parameterTypes }, before);
  const { columns, kind } = prepared;
  const described = { ...plan, parameterTypes: prepared.parameterTypes, columns };
  if (constants?.takes(prepared.parameterTypes) === true)
    return { ...described, reads: "session", run: runConstants(constants) };
  return { ...described, reads: kind, run: (portal) => runInsert(state, target, prepared, portal) };
}

function addConstants(state: SessionState, table: TemporaryTableDefinition, rows: CollectedRows): string {
  checkRows(table, rows.columns);
  state.temporaryTables.append(table.name, rows);
  return `INSERT 0 ${rows.rowCount}`;
}

async function prepareWrite(
  state: SessionState,
  asked: Pick<PrepareWriteRequest, "statement" | "target" | "parameterTypes">,
  before: number,
): Promise<PreparedWrite> {
  const { context, signal } = state;
  try {
    return await state.raced(state.options.queries.prepareWrite({ ...asked, context, signal }));
  } catch (error) {
    throw moved(error, before);
  }
}

/** Returns the command tag, or the rows of RETURNING. */
async function runInsert(
  state: SessionState,
  target: string,
  prepared: PreparedWrite,
  portal: Portal,
): Promise<string | PortalRows> {
  const { temporaryTables } = state;
  const written = await state.startInner((run) => prepared.start(run), portal, portal.formats);
  const table = temporaryTables.get(target);
  if (table === undefined) throw unknownRelation(target);
  const rows = await collectRows(written.rows, table.definition, state.options.readBinary);
  if (written.areAll) temporaryTables.truncate(target);
  temporaryTables.append(target, rows);
  const tag = written.commandTag ?? `INSERT 0 ${rows.rowCount}`;
  if (written.returned === undefined || prepared.columns === undefined) return tag;
  return { columns: prepared.columns, stream: written.returned, tag: () => tag };
}
