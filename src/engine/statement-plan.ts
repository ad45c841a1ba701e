// A statement that has been looked at: what kind it is and what its columns are, before anything runs.
import type { ResultColumn } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import type { PreparedQuery } from "./query-engine.ts";

export type StatementPlan =
  | { readonly kind: "empty" }
  | {
      readonly kind: "query";
      readonly statement: Statement;
      readonly prepared: PreparedQuery;
      /** The word before the row count in the command tag; EXPLAIN has no count. */
      readonly tag: "SELECT" | "EXPLAIN";
      /** Characters before the statement in its whole text: what an error's position is moved by. */
      readonly charactersBefore: number;
    }
  | {
      readonly kind: "utility";
      readonly statement: Statement;
      /** Undefined for a statement without rows. */
      readonly columns: readonly ResultColumn[] | undefined;
    };

export function columnsOf(plan: StatementPlan): readonly ResultColumn[] | undefined {
  if (plan.kind === "empty") return undefined;
  return plan.kind === "query" ? plan.prepared.columns : plan.columns;
}

export function parameterTypesOf(plan: StatementPlan): readonly number[] {
  return plan.kind === "query" ? plan.prepared.parameterTypes : [];
}

export function tagOf(word: "SELECT" | "EXPLAIN", rows: number): string {
  return word === "EXPLAIN" ? word : `${word} ${rows}`;
}
