// EXPLAIN over a lens (M14): the source SQL, the lens tables read, segments applied and members masked.
import type { Node } from "@pgsql/types";
import type { Statement } from "../sql/statement.ts";
import type { LensStatementPlan } from "./plan-lens-statement.ts";
import { explainOption } from "./query-errors.ts";

export interface ExplainRequest {
  /** The statement that is explained, and where its text begins in the whole one. */
  readonly inner: Statement;
  readonly analyze: boolean;
  readonly format: "text" | "json";
}

/** Reads the options; undefined where the statement is not EXPLAIN. Throws 0A000 for an option that is not known. */
export function readExplain(statement: Statement): ExplainRequest | undefined {
  if (!("ExplainStmt" in statement.node)) return undefined;
  const { query, options } = statement.node.ExplainStmt;
  let analyze = false;
  let format: "text" | "json" = "text";
  for (const option of options ?? []) {
    if (!("DefElem" in option)) continue;
    const name = option.DefElem.defname ?? "";
    const value = optionValue(option.DefElem.arg);
    if (name === "analyze") analyze = value !== "false" && value !== "off" && value !== "0";
    else if (name === "format" && (value === "json" || value === "text")) format = value;
    else if (!harmlessOptions.has(name)) throw explainOption(name);
  }
  const start = explainedTextStart(statement.text, (options ?? []).length > 0);
  const inner: Statement = {
    text: statement.text.slice(start),
    offset: statement.offset + start,
    node: query as Node,
    bytesBefore: statement.bytesBefore + Buffer.byteLength(statement.text.slice(0, start)),
  };
  return { inner, analyze, format };
}

/** Options that change only what PostgreSQL prints of its own plan. */
const harmlessOptions = new Set([
  "verbose",
  "costs",
  "settings",
  "buffers",
  "wal",
  "timing",
  "summary",
  "memory",
  "generic_plan",
]);

function optionValue(argument: Node | undefined): string {
  if (argument === undefined) return "true";
  if ("String" in argument) return (argument.String.sval ?? "").toLowerCase();
  if ("Boolean" in argument) return String(argument.Boolean.boolval ?? false);
  return "Integer" in argument ? String(argument.Integer.ival ?? 0) : "true";
}

/** Where the explained statement begins: after EXPLAIN, its options and what comments stand between. */
function explainedTextStart(text: string, hasOptions: boolean): number {
  const space = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?\*/)*`;
  // Without options, a parenthesis is the query's own.
  const options = hasOptions
    ? String.raw`(?:\((?:[^()']|'[^']*')*\)|(?:(?:analyze|analyse|verbose)\b${space})*)`
    : "";
  const found = new RegExp(`^${space}explain${space}${options}${space}`, "i").exec(text);
  return found?.[0].length ?? 0;
}

export interface ExplainedRun {
  readonly rows: number;
  readonly durationMs: number;
}

/** The lines of the answer. `source` is false for a group without the scope of that name. */
export function explainText(plan: LensStatementPlan, source: boolean, run?: ExplainedRun): string[] {
  const { decision } = plan;
  const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));
  const lines = [
    `Lens query for group ${decision.group}`,
    `  Tables: ${list(decision.tables)}`,
    `  Members: ${list(decision.members)}`,
    `  Segments applied: ${list(decision.segments)}`,
    `  Members masked: ${list(decision.masked)}`,
  ];
  if (source) lines.push("  Source SQL:", ...plan.rendered.sql.split("\n").map((line) => `    ${line}`));
  if (run !== undefined)
    lines.push(`  Rows: ${run.rows}`, `  Warehouse time: ${run.durationMs.toFixed(3)} ms`);
  return lines;
}

export function explainJson(plan: LensStatementPlan, source: boolean, run?: ExplainedRun): string {
  const { group, tables, members, segments, masked } = plan.decision;
  return JSON.stringify(
    [
      {
        Plan: {
          "Node Type": "Lens Query",
          Group: group,
          Tables: tables,
          Members: members,
          "Segments Applied": segments,
          "Members Masked": masked,
          ...(source && { "Source SQL": plan.rendered.sql }),
        },
        ...(run && { Rows: run.rows, "Warehouse Time": run.durationMs }),
      },
    ],
    undefined,
    2,
  );
}
