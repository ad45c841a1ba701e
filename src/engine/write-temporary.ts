// Statements that fill a temporary table: INSERT here, those that make the table with it in fill-temporary.ts.
import type { InsertStmt } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { collectRows } from "./collect-rows.ts";
import { planFill, readFill } from "./fill-temporary.ts";
import type { Portal, PortalRows } from "./portal.ts";
import type { PreparedWrite, PrepareWriteRequest } from "./query-engine.ts";
import { refusalOf } from "./refuse-statement.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { charactersBefore, moved } from "./statement-places.ts";
import type { StatementPlan } from "./statement-plan.ts";
import { temporaryNameOf } from "./temporary-names.ts";

/** Looks at a statement that fills one. */
export async function planWrite(
  state: SessionState,
  statement: Statement,
  parameterTypes: readonly number[],
): Promise<StatementPlan> {
  const fill = readFill(statement);
  if (fill !== undefined) return planFill(state, statement, fill, parameterTypes);
  const tree: InsertStmt = "InsertStmt" in statement.node ? statement.node.InsertStmt : {};
  const target = temporaryNameOf(state.temporaryTables, tree.relation ?? {});
  if (target === undefined) throw refusalOf(statement.node);
  const before = charactersBefore(state.clientText, statement);
  const prepared = await prepareWrite(state, { statement, target, parameterTypes }, before);
  return {
    kind: "write",
    statement,
    parameterTypes: prepared.parameterTypes,
    columns: prepared.columns,
    reads: prepared.kind,
    charactersBefore: before,
    run: (portal) => runInsert(state, target, prepared, portal),
  };
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
  if (table === undefined) throw readOnly("INSERT");
  const rows = await collectRows(written.rows, table.definition, state.options.readBinary);
  const count = written.areAll ? rows.rowCount - table.rowCount : rows.rowCount;
  if (written.areAll) temporaryTables.truncate(target);
  temporaryTables.append(target, rows);
  const tag = `INSERT 0 ${count}`;
  if (written.returned === undefined || prepared.columns === undefined) return tag;
  return { columns: prepared.columns, stream: written.returned, tag: () => tag };
}
