// Looks at a statement without running it: reads go to the query engine, session statements to this folder, all else
// is refused.
import type { Node } from "@pgsql/types";
import type { LensError } from "../errors.ts";
import type { ResultColumn } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { actsOnTemporary } from "./act-on-temporary.ts";
import { columnsOfFetch } from "./cursor-statement.ts";
import { dropsRelations } from "./drop-relation.ts";
import { refusalOf, refusalOfSelect } from "./refuse-statement.ts";
import { changesRelations } from "./refuse-target.ts";
import { commandNotSupported } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { columnsOfShow } from "./set-statement.ts";
import { columnsOf } from "./statement-plan.ts";
import { isMeantAsTemporary, temporaryNameOf, writtenRelation } from "./temporary-names.ts";
import type { TemporaryTablesReader } from "./temporary-tables.ts";

/** How a statement is answered, by its node alone. */
export type StatementRoute =
  | { readonly kind: "query"; readonly tag: "SELECT" | "EXPLAIN" }
  | { readonly kind: "utility" }
  /** Rows go into a temporary table. */
  | { readonly kind: "write" }
  | { readonly kind: "refused"; readonly error: LensError };

const utilities = new Set([
  "TransactionStmt",
  "VariableSetStmt",
  "VariableShowStmt",
  "DiscardStmt",
  "PrepareStmt",
  "ExecuteStmt",
  "DeallocateStmt",
  "DeclareCursorStmt",
  "FetchStmt",
  "ClosePortalStmt",
  "ListenStmt",
  "UnlistenStmt",
  "NotifyStmt",
  "ConstraintsSetStmt",
]);

function isCopyWithClient(node: Node): boolean {
  return "CopyStmt" in node && node.CopyStmt.filename === undefined && node.CopyStmt.is_program !== true;
}

export function routeOf(node: Node, temporaryTables: TemporaryTablesReader): StatementRoute {
  if (fillsTemporary(node, temporaryTables)) return { kind: "write" };
  if (isTemporaryUtility(node, temporaryTables)) return { kind: "utility" };
  if ("SelectStmt" in node) {
    const error = refusalOfSelect(node.SelectStmt);
    return error === undefined ? { kind: "query", tag: "SELECT" } : { kind: "refused", error };
  }
  if ("ExplainStmt" in node) return routeOfExplain(node.ExplainStmt.query);
  if (utilities.has(Object.keys(node)[0] ?? "") || isCopyWithClient(node)) return { kind: "utility" };
  // Whether there is what they name is looked at when they run.
  if (dropsRelations(node) || changesRelations(node)) return { kind: "utility" };
  return { kind: "refused", error: refusalOf(node) };
}

function routeOfExplain(query: Node | undefined): StatementRoute {
  if (query === undefined || !("SelectStmt" in query)) {
    return { kind: "refused", error: commandNotSupported("EXPLAIN of anything but a query") };
  }
  const error = refusalOfSelect(query.SelectStmt);
  return error === undefined ? { kind: "query", tag: "EXPLAIN" } : { kind: "refused", error };
}

function fillsTemporary(node: Node, temporaryTables: TemporaryTablesReader): boolean {
  const written = writtenRelation(node);
  if (written !== undefined) return temporaryNameOf(temporaryTables, written) !== undefined;
  const into =
    "SelectStmt" in node
      ? node.SelectStmt.intoClause
      : "CreateTableAsStmt" in node
        ? node.CreateTableAsStmt.into
        : undefined;
  return into?.rel !== undefined && isMeantAsTemporary(into.rel);
}

/** What makes and drops temporary tables, and what they do not need. */
export function isTemporaryUtility(node: Node, temporaryTables: TemporaryTablesReader): boolean {
  if ("CreateStmt" in node) return isMeantAsTemporary(node.CreateStmt.relation ?? {});
  return actsOnTemporary(temporaryTables, node);
}

/** The columns of a session statement, undefined where it has no rows. */
export function columnsOfUtility(
  state: SessionState,
  statement: Statement,
): readonly ResultColumn[] | undefined {
  const { node } = statement;
  if ("VariableShowStmt" in node) return columnsOfShow(node.VariableShowStmt);
  if ("FetchStmt" in node) return columnsOfFetch(state, node.FetchStmt);
  if (!("ExecuteStmt" in node)) return undefined;
  const prepared = state.portals.statements.get(node.ExecuteStmt.name ?? "");
  return prepared === undefined ? undefined : columnsOf(prepared.plan);
}
