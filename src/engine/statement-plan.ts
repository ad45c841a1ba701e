// A statement that has been looked at: what kind it is and what its columns are, before anything runs.
import type { StatementKind } from "../events.ts";
import type { ResultColumn } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import type { Portal, PortalRows } from "./portal.ts";
import type { PreparedQuery } from "./query-engine.ts";

export type QueryTag = "SELECT" | "EXPLAIN" | "SHOW";

export type StatementPlan =
  | { readonly kind: "empty" }
  | {
      readonly kind: "query";
      readonly statement: Statement;
      readonly prepared: PreparedQuery;
      /** The word before the row count in the command tag; EXPLAIN and SHOW have no count. */
      readonly tag: QueryTag;
      /** Characters before the statement in its whole text: what an error's position is moved by. */
      readonly charactersBefore: number;
    }
  | {
      readonly kind: "utility";
      readonly statement: Statement;
      /** The text that the statement is one of: what positions of errors in it count in. */
      readonly wholeText: string;
      /** Undefined for a statement without rows. */
      readonly columns: readonly ResultColumn[] | undefined;
      /** The query of a DECLARE, whose parameters are this statement's. */
      readonly cursorPlan?: StatementPlan | undefined;
    }
  /** What fills a temporary table. */
  | {
      readonly kind: "write";
      readonly statement: Statement;
      readonly parameterTypes: readonly number[];
      /** Of RETURNING. */
      readonly columns: readonly ResultColumn[] | undefined;
      /** Where its rows come from. */
      readonly reads: PreparedQuery["kind"] | "session";
      /** As above. */
      readonly charactersBefore: number;
      run(portal: Portal): Promise<PortalRows | string>;
    };

export function statementKindOf(plan: StatementPlan): StatementKind {
  if (plan.kind === "query") return plan.prepared.kind;
  return plan.kind === "write" ? plan.reads : "session";
}

export function columnsOf(plan: StatementPlan): readonly ResultColumn[] | undefined {
  if (plan.kind === "empty") return undefined;
  return plan.kind === "query" ? plan.prepared.columns : plan.columns;
}

export function parameterTypesOf(plan: StatementPlan): readonly number[] {
  if (plan.kind === "query") return plan.prepared.parameterTypes;
  if (plan.kind === "write") return plan.parameterTypes;
  return plan.kind === "utility" && plan.cursorPlan !== undefined ? parameterTypesOf(plan.cursorPlan) : [];
}

/** Whether PostgreSQL itself reads the parameters and writes the rows, in any format that it has. */
export function isCatalogPlan(plan: StatementPlan): boolean {
  if (plan.kind === "write") return plan.reads === "catalog";
  return plan.kind === "query" && plan.prepared.kind === "catalog";
}

export function tagOf(word: QueryTag, rows: number): string {
  return word === "SELECT" ? `${word} ${rows}` : word;
}
