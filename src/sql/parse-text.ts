// Parses and splits one text with libpg-query. It runs in the parser's worker thread, which has the stack for it.
import { hasSqlDetails, parseSync } from "libpg-query";
import type { Statement } from "./statement.ts";

/**
 * Levels of objects and arrays in a parse tree. An operator takes two, a call three, a subquery about ten; everything
 * that walks a tree does so by recursion, on the 1 MB stack of the main thread.
 */
const treeLevelsMax = 2_000;

/** A statement with its tree as JSON: what is deeply nested cannot be cloned from thread to thread. */
export interface ParsedText extends Omit<Statement, "node"> {
  readonly tree: string;
}

export type ParseOutcome =
  | { readonly kind: "parsed"; readonly statements: readonly ParsedText[] }
  | { readonly kind: "syntax"; readonly message: string; readonly position: number | undefined }
  | { readonly kind: "tooDeep"; readonly broken: boolean };

/** Never throws. `broken`: the parser itself ran out of stack and must not be used again. */
export function parseText(text: string): ParseOutcome {
  if (text.trim() === "") return { kind: "parsed", statements: [] };
  try {
    const { stmts = [] } = parseSync(text);
    const cut = cutter(text);
    const statements: ParsedText[] = [];
    for (const { stmt, stmt_location: start = 0, stmt_len: length } of stmts) {
      if (stmt === undefined) continue;
      if (isDeeperThan(stmt, treeLevelsMax)) return { kind: "tooDeep", broken: false };
      statements.push({ ...cut(start, length ?? 0), tree: JSON.stringify(stmt) });
    }
    return { kind: "parsed", statements };
  } catch (error) {
    if (!hasSqlDetails(error)) return { kind: "tooDeep", broken: true };
    const place = error.sqlDetails?.cursorPosition ?? 0;
    return { kind: "syntax", message: error.message, position: place + 1 };
  }
}

/** Cuts statements out by byte offsets; a length of 0 is up to the end. */
function cutter(text: string): (start: number, length: number) => Omit<Statement, "node"> {
  const ascii = Buffer.byteLength(text) === text.length;
  const bytes = ascii ? undefined : Buffer.from(text);
  const characters = (from: number, to: number | undefined) =>
    bytes === undefined ? text.slice(from, to) : bytes.subarray(from, to).toString();
  return (start, length) => {
    const own = characters(start, length === 0 ? undefined : start + length);
    const before = bytes === undefined ? start : characters(0, start).length;
    // White space of one byte each.
    const leading = own.length - own.replace(/^[ \t\n\r\f\v]+/, "").length;
    return {
      text: own.slice(leading).replace(/[ \t\n\r\f\v]+$/, ""),
      offset: before + leading,
      bytesBefore: start + leading,
    };
  };
}

/** Without recursion: the tree may be deeper than the stack. */
function isDeeperThan(node: unknown, levelsMax: number): boolean {
  let level: unknown[] = [node];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levelsMax) return true;
    const next: unknown[] = [];
    for (const item of level) {
      for (const child of Object.values(item as object)) {
        if (typeof child === "object" && child !== null) next.push(child);
      }
    }
    level = next;
  }
  return false;
}
