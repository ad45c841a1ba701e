// Reads a result suite: records of SQL and what must come back, each for one user.
//
//   # A comment above a record is its name in the report.
//   # user: analyst                    holds for the records that follow
//   # duckdb only: REASON              or postgres: for the one record below
//   query TN rowsort equals-warehouse  one letter per column; see columnTypes and lettersFor in slt-run.ts
//   parameters ["North", 5]            JSON; optional
//   SELECT ...
//   ----
//   SELECT ...                         on the raw tables; without equals-warehouse: the rows, values a space apart
//
// "matching" in place of equals-warehouse: every line is a regular expression that some row matches, or with "!"
// before it no row. "statement ok" and "statement error (SQLSTATE) text" have no rows.

import { type WarehouseKind, warehouseKinds } from "../../src/warehouse-kind.ts";

export type SltExpectation =
  | { readonly kind: "ok" }
  | { readonly kind: "error"; readonly sqlstate: string; readonly text: string }
  | {
      readonly kind: "rows";
      readonly types: string;
      readonly isSorted: boolean;
      readonly rows: readonly string[];
    }
  | { readonly kind: "matching"; readonly types: string; readonly patterns: readonly string[] }
  | {
      readonly kind: "warehouse";
      readonly types: string;
      readonly isSorted: boolean;
      readonly checkSql: string;
    };

export interface SltRecord {
  /** 1-based, of the record's first line. */
  readonly line: number;
  readonly name: string;
  readonly user: string;
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** The one warehouse that it is for. */
  readonly only: WarehouseKind | undefined;
  readonly expectation: SltExpectation;
}

const userLine = /^# user: (\S+)$/;
const onlyLine = new RegExp(`^# (${warehouseKinds.join("|")}) only: \\S.*$`);
const queryLine = /^query ([A-Z]+)((?: (?:rowsort|equals-warehouse|matching))*)$/;
const statementLine = /^statement (?:ok|error \(([0-9A-Z]{5})\)(?: (.+))?)$/;
const parametersPrefix = "parameters ";

interface Chunk {
  readonly line: number;
  readonly lines: readonly string[];
}

/** The lines between blank lines. */
function chunksOf(text: string): Chunk[] {
  const chunks: { line: number; lines: string[] }[] = [];
  let current: { line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") {
      current = undefined;
      continue;
    }
    if (current === undefined) {
      current = { line: index + 1, lines: [] };
      chunks.push(current);
    }
    current.lines.push(line);
  }
  return chunks;
}

function readQuery(match: RegExpExecArray, expected: readonly string[]): SltExpectation {
  const types = match[1] ?? "";
  const words = (match[2] ?? "").trim().split(" ");
  const isSorted = words.includes("rowsort");
  if (words.includes("matching")) return { kind: "matching", types, patterns: expected };
  if (words.includes("equals-warehouse")) {
    return { kind: "warehouse", types, isSorted, checkSql: expected.join("\n") };
  }
  return { kind: "rows", types, isSorted, rows: expected };
}

function readExpectation(directive: string, expected: readonly string[] | undefined): SltExpectation {
  const query = queryLine.exec(directive);
  if (query !== null) {
    if (expected === undefined) throw new Error("a query needs ---- and what comes back");
    return readQuery(query, expected);
  }
  const statement = statementLine.exec(directive);
  if (statement === null) throw new Error(`cannot read ${JSON.stringify(directive)}`);
  if (expected !== undefined) throw new Error("a statement has no rows");
  const sqlstate = statement[1];
  return sqlstate === undefined ? { kind: "ok" } : { kind: "error", sqlstate, text: statement[2] ?? "" };
}

/** What is known of a record from the lines above it. */
type RecordHead = Pick<SltRecord, "line" | "name" | "user" | "only">;

function readRecord(head: RecordHead, lines: readonly string[]): SltRecord {
  const directive = lines[0] ?? "";
  let sqlStart = 1;
  let parameters: readonly unknown[] = [];
  const second = lines[1] ?? "";
  if (second.startsWith(parametersPrefix)) {
    parameters = JSON.parse(second.slice(parametersPrefix.length));
    sqlStart = 2;
  }
  const rule = lines.indexOf("----");
  const sqlLines = lines.slice(sqlStart, rule === -1 ? undefined : rule);
  const expected = rule === -1 ? undefined : lines.slice(rule + 1);
  const sql = sqlLines.join("\n");
  const name = head.name === "" ? sqlLines.map((part) => part.trim()).join(" ") : head.name;
  return { ...head, name, sql, parameters, expectation: readExpectation(directive, expected) };
}

/** Throws an Error with file and line for what it cannot read. */
export function readSltFile(text: string, fileName: string): SltRecord[] {
  const records: SltRecord[] = [];
  let user: string | undefined;
  for (const chunk of chunksOf(text)) {
    const commentCount = chunk.lines.findIndex((line) => !line.startsWith("#"));
    const comments = commentCount === -1 ? chunk.lines : chunk.lines.slice(0, commentCount);
    const sentences: string[] = [];
    let only: WarehouseKind | undefined;
    for (const comment of comments) {
      const named = userLine.exec(comment)?.[1];
      const kind = warehouseKinds.find((known) => known === onlyLine.exec(comment)?.[1]);
      if (named !== undefined) user = named;
      else if (kind !== undefined) only = kind;
      else sentences.push(comment.replace(/^#+ ?/, ""));
    }
    if (commentCount === -1) continue;
    const line = chunk.line + commentCount;
    try {
      if (user === undefined) throw new Error('no "# user: NAME" above it');
      const head = { line, name: sentences.join(" "), user, only };
      records.push(readRecord(head, chunk.lines.slice(commentCount)));
    } catch (error) {
      throw new Error(`${fileName}:${line}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return records;
}
