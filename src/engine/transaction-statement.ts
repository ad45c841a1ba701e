// BEGIN, COMMIT, ROLLBACK and savepoints.
import type { Node, TransactionStmt } from "@pgsql/types";
import { sqlstates } from "../sqlstate.ts";
import { commandNotSupported, onlyInTransactionBlock } from "./session-errors.ts";
import { type SessionState, warn } from "./session-state.ts";

/** Whether the statement may run in a failed transaction, as PostgreSQL's IsTransactionExitStmt. */
export function endsFailedTransaction(tree: TransactionStmt): boolean {
  return (
    tree.kind === "TRANS_STMT_COMMIT" ||
    tree.kind === "TRANS_STMT_ROLLBACK" ||
    tree.kind === "TRANS_STMT_ROLLBACK_TO"
  );
}

/** The command tag. */
export async function runTransactionStatement(state: SessionState, tree: TransactionStmt): Promise<string> {
  switch (tree.kind) {
    case "TRANS_STMT_BEGIN":
      return begin(state, tree, "BEGIN");
    case "TRANS_STMT_START":
      return begin(state, tree, "START TRANSACTION");
    case "TRANS_STMT_COMMIT":
      return end(state, tree, "COMMIT");
    case "TRANS_STMT_ROLLBACK":
      return end(state, tree, "ROLLBACK");
    case "TRANS_STMT_SAVEPOINT":
      return savepoint(state, "SAVEPOINT", "SAVEPOINT", (transaction) => transaction.savepoint(nameOf(tree)));
    case "TRANS_STMT_RELEASE":
      return savepoint(state, "RELEASE", "RELEASE SAVEPOINT", (transaction) =>
        transaction.release(nameOf(tree)),
      );
    case "TRANS_STMT_ROLLBACK_TO":
      return savepoint(state, "ROLLBACK", "ROLLBACK TO SAVEPOINT", (transaction) =>
        transaction.rollbackTo(nameOf(tree)),
      );
    default:
      throw commandNotSupported("two-phase commit");
  }
}

function nameOf(tree: TransactionStmt): string {
  return tree.savepoint_name ?? "";
}

function begin(state: SessionState, tree: TransactionStmt, tag: string): string {
  if (state.transaction.isBlock) {
    warn(state, sqlstates.active_sql_transaction, "there is already a transaction in progress");
  }
  state.transaction.begin();
  setTransactionModes(state, tree.options ?? [], "");
  return tag;
}

/** Sets the modes of BEGIN and SET TRANSACTION, or with prefix `default_` those of the session. */
export function setTransactionModes(
  state: SessionState,
  modes: readonly Node[],
  prefix: "" | "default_",
): void {
  for (const mode of modes) {
    if (!("DefElem" in mode)) continue;
    const { defname, arg } = mode.DefElem;
    if (defname === undefined || arg === undefined || !("A_Const" in arg)) continue;
    const value = arg.A_Const.sval?.sval ?? (arg.A_Const.ival?.ival === 1 ? "on" : "off");
    state.settings.set(`${prefix}${defname}`, value, prefix === "");
  }
}

async function end(
  state: SessionState,
  tree: TransactionStmt,
  asked: "COMMIT" | "ROLLBACK",
): Promise<string> {
  const { transaction, settings } = state;
  if (!transaction.isBlock) {
    if (tree.chain === true) throw onlyInTransactionBlock(`${asked} AND CHAIN`);
    warn(state, sqlstates.no_active_sql_transaction, "there is no transaction in progress");
  }
  const modes = ["transaction_isolation", "transaction_read_only", "transaction_deferrable"] as const;
  const kept = modes.map((name) => [name, settings.get(name) ?? ""] as const);
  const commits = asked === "COMMIT" && !transaction.isFailed;
  if (commits) await commitHolding(state);
  else transaction.rollback();
  if (tree.chain === true) {
    transaction.begin();
    for (const [name, value] of kept) settings.set(name, value, true);
  }
  return commits ? "COMMIT" : "ROLLBACK";
}

/** Commits. Where rows of cursors WITH HOLD cannot be kept, the transaction is rolled back in its place. */
export async function commitHolding(state: SessionState): Promise<void> {
  try {
    await state.holdCursors();
  } catch (error) {
    state.transaction.rollback();
    throw error;
  }
  state.transaction.commit();
}

function savepoint(
  state: SessionState,
  tag: string,
  what: string,
  act: (transaction: SessionState["transaction"]) => void,
): string {
  if (!state.transaction.isBlock) throw onlyInTransactionBlock(what);
  act(state.transaction);
  return tag;
}
