// EXPLAIN over a lens (M14): the source SQL, the lens tables read, segments applied and members masked.
import type { Node } from "@pgsql/types";
import type { ResultColumn } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";
import { attributesBound } from "./describe-plan.ts";
import type { LensStatementPlan } from "./plan-lens-statement.ts";
import {
  explainFormat,
  explainNeedsBoolean,
  unknownExplainFormat,
  unknownExplainOption,
} from "./query-errors.ts";

export interface ExplainRequest {
  /** The statement that is explained, and where its text begins in the whole one. */
  readonly inner: Statement;
  readonly analyze: boolean;
  readonly format: "text" | "json";
}

/** Reads the options; undefined where the statement is not EXPLAIN. Throws
 * 42601 and 22023 as PostgreSQL does, 0A000 for a format that is not there. */
export function readExplain(statement: Statement): ExplainRequest | undefined {
  if (!("ExplainStmt" in statement.node)) return undefined;
  const { query, options } = statement.node.ExplainStmt;
  let analyze = false;
  let format: "text" | "json" = "text";
  for (const option of options ?? []) {
    if (!("DefElem" in option)) continue;
    const { defname: name = "", arg, location } = option.DefElem;
    const value = optionValue(arg);
    const position = positionIn(statement, location);
    if (name === "format") format = formatOf(value, position);
    else if (name === "serialize") continue;
    else if (!booleanOptions.has(name)) throw unknownExplainOption(name, position);
    else {
      const isOn = booleanValues.get(value);
      if (isOn === undefined) throw explainNeedsBoolean(name);
      if (name === "analyze") analyze = isOn;
    }
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

function positionIn(statement: Statement, location: number | undefined): number | undefined {
  if (location === undefined) return undefined;
  const places = new TextPlaces(statement.text, statement.bytesBefore);
  return places.positionOfOffset(places.offsetOfByte(location));
}

function formatOf(value: string, position: number | undefined): "text" | "json" {
  if (value === "text" || value === "json") return value;
  if (value === "xml" || value === "yaml") throw explainFormat(value, position);
  throw unknownExplainFormat(value, position);
}

const booleanValues: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["on", true],
  ["1", true],
  ["false", false],
  ["off", false],
  ["0", false],
]);

/** All but ANALYZE change only what PostgreSQL prints of its own plan. */
const booleanOptions = new Set([
  "analyze",
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
  const attributes = attributesBound(plan);
  if (source && attributes.length > 0) lines.push(`  Attributes bound: ${list(attributes)}`);
  if (source) lines.push("  Source SQL:", ...plan.rendered.sql.split("\n").map((line) => `    ${line}`));
  if (run !== undefined)
    lines.push(`  Rows: ${run.rows}`, `  Warehouse time: ${run.durationMs.toFixed(3)} ms`);
  return lines;
}

export function explainJson(plan: LensStatementPlan, source: boolean, run?: ExplainedRun): string {
  const { group, tables, members, segments, masked } = plan.decision;
  const attributes = attributesBound(plan);
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
          ...(source && attributes.length > 0 && { "Attributes Bound": attributes }),
          ...(source && { "Source SQL": plan.rendered.sql }),
        },
        ...(run && { Rows: run.rows, "Warehouse Time": run.durationMs }),
      },
    ],
    undefined,
    2,
  );
}

/** The one column of its result. */
export function planColumn(format: "text" | "json"): ResultColumn {
  return {
    name: "QUERY PLAN",
    typeOid: format === "json" ? 114 : 25,
    typeModifier: -1,
    typeLength: -1,
    tableOid: 0,
    attributeNumber: 0,
  };
}
