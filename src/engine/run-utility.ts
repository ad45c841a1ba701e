// Runs one session statement.
import type { CopyStmt } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { runOnTemporary } from "./act-on-temporary.ts";
import { renamedIndex, runAlterTemporary } from "./alter-temporary.ts";
import { runCopyFrom } from "./copy-from.ts";
import { runCopy } from "./copy-statement.ts";
import { runCreateTemporary } from "./create-temporary.ts";
import { runClose, runDeclare, runFetch } from "./cursor-statement.ts";
import { runDrop } from "./drop-relation.ts";
import { isTemporaryUtility } from "./plan-statement.ts";
import type { Portal } from "./portal.ts";
import { runDeallocate, runExecute, runPrepare } from "./prepare-statement.ts";
import { refuseChange } from "./refuse-target.ts";
import { type SessionState, type UtilityResult, warn } from "./session-state.ts";
import { runDiscard, runSet, runShow } from "./set-statement.ts";
import { runTransactionStatement } from "./transaction-statement.ts";

/** Rejects with the client's error. LISTEN, NOTIFY and SET CONSTRAINTS have nothing to act on and succeed. */
export async function runUtility(
  state: SessionState,
  statement: Statement,
  portal: Portal,
): Promise<UtilityResult> {
  const { node } = statement;
  if ("TransactionStmt" in node) return runTransactionStatement(state, node.TransactionStmt);
  if ("VariableSetStmt" in node) return runSet(state, node.VariableSetStmt);
  if ("VariableShowStmt" in node) return runShow(state, node.VariableShowStmt);
  if ("DiscardStmt" in node) return runDiscard(state, node.DiscardStmt);
  if ("PrepareStmt" in node) return runPrepare(state, node.PrepareStmt, statement);
  if ("ExecuteStmt" in node) return runExecute(state, node.ExecuteStmt, portal);
  if ("DeallocateStmt" in node) return runDeallocate(state, node.DeallocateStmt);
  if ("DeclareCursorStmt" in node) return runDeclare(state, node.DeclareCursorStmt, portal);
  if ("CopyStmt" in node) return runEitherCopy(state, node.CopyStmt, statement, portal);
  if ("FetchStmt" in node) return runFetch(state, node.FetchStmt);
  if ("ClosePortalStmt" in node) return runClose(state, node.ClosePortalStmt, portal);
  if ("ListenStmt" in node) return "LISTEN";
  if ("UnlistenStmt" in node) return "UNLISTEN";
  if ("NotifyStmt" in node) return "NOTIFY";
  if ("ConstraintsSetStmt" in node) {
    if (!state.isInBlock) {
      warn(
        state,
        sqlstates.no_active_sql_transaction,
        "SET CONSTRAINTS can only be used in transaction blocks",
      );
    }
    return "SET CONSTRAINTS";
  }
  if ("CreateStmt" in node) return runCreateTemporary(state, node.CreateStmt, statement);
  if ("DropStmt" in node) return runDrop(state, node.DropStmt, statement);
  if (isTemporaryUtility(node, state.temporaryTables)) return runOnTemporary(state, statement);
  return runOther(state, statement);
}

/** What changes a relation that is no temporary table, but for a new name of such a table's index. */
function runOther(state: SessionState, statement: Statement): Promise<string> {
  const index = renamedIndex(state.temporaryTables, statement.node);
  return index === undefined ? refuseChange(state, statement) : runAlterTemporary(state, statement, index);
}

function runEitherCopy(
  state: SessionState,
  tree: CopyStmt,
  statement: Statement,
  portal: Portal,
): Promise<UtilityResult> {
  return tree.is_from === true
    ? runCopyFrom(state, tree, statement)
    : runCopy(state, tree, statement, portal);
}
