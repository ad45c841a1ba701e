// Cuts SQL of the model into text and `{...}` references. Strings, quoted names and comments hold no references.

export type SqlPiece =
  | { readonly kind: "text"; readonly text: string }
  | {
      readonly kind: "reference";
      /** The names between the braces, cut at the dots. */
      readonly path: readonly string[];
      /** As written, braces included. */
      readonly raw: string;
      /** How many references before it are written the same. */
      readonly nth: number;
    };

export interface SqlPieces {
  readonly pieces: readonly SqlPiece[];
  /** Lower-case names that stand before an opening parenthesis. */
  readonly calls: readonly string[];
  /** What would be a reference to an attribute if it did not stand in a string. */
  readonly quotedAttribute: string | undefined;
  /** What makes the text unfit to be put into a larger one. */
  readonly fault: string | undefined;
}

const referencePattern = /\{\s*[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*\s*\}/y;
const attributePattern = /\{\s*(?:user|group)\s*\.\s*[A-Za-z_]\w*\s*\}/i;
const escapeStringPattern = /[eE]'(?:[^'\\]|\\[\s\S]|'')*'/y;
const stringPattern = /'(?:[^']|'')*'/y;
const quotedNamePattern = /"(?:[^"]|"")*"/y;
const dollarStringPattern = /\$(?:[A-Za-z_]\w*)?\$/y;
const lineCommentPattern = /--[^\n]*/y;
const wordPattern = /[A-Za-z_]\w*/y;
const callPattern = /\s*\(/y;

interface Scan {
  readonly text: string;
  readonly pieces: SqlPiece[];
  readonly calls: string[];
  readonly seen: Map<string, number>;
  at: number;
  plain: string;
  parentheses: number;
  quotedAttribute: string | undefined;
  fault: string | undefined;
}

/** Comments become one space each, so that a `--` at the end cannot swallow what is put behind the text. */
export function cutSql(text: string): SqlPieces {
  const scan: Scan = {
    text,
    pieces: [],
    calls: [],
    seen: new Map(),
    at: 0,
    plain: "",
    parentheses: 0,
    quotedAttribute: undefined,
    fault: undefined,
  };
  while (scan.at < text.length && scan.fault === undefined) step(scan);
  flush(scan);
  if (scan.fault === undefined && scan.parentheses > 0) scan.fault = "a parenthesis is not closed";
  return { pieces: scan.pieces, calls: scan.calls, quotedAttribute: scan.quotedAttribute, fault: scan.fault };
}

/** The text of a whole statement without comments and semicolons at its end. */
export function trimStatement(text: string): string {
  let end = 0;
  for (let at = 0; at < text.length; ) {
    const token = opaqueAt(text, at);
    const char = text.charAt(at);
    if (token === undefined && !/[\s;]/.test(char)) end = at + 1;
    else if (token !== undefined && token.kind !== "comment") end = at + token.text.length;
    at += token === undefined ? 1 : Math.max(1, token.text.length);
  }
  return text.slice(0, end).trim();
}

function step(scan: Scan): void {
  const { text } = scan;
  const opaque = opaqueAt(text, scan.at);
  if (opaque !== undefined) {
    if (!opaque.closed) scan.fault = `a ${opaque.kind} is not closed`;
    if (opaque.kind === "string") scan.quotedAttribute ??= attributePattern.exec(opaque.text)?.[0];
    scan.plain += opaque.kind === "comment" ? " " : opaque.text;
    scan.at += opaque.text.length;
    return;
  }
  const reference = matchAt(referencePattern, text, scan.at);
  if (reference !== undefined) {
    flush(scan);
    const nth = scan.seen.get(reference) ?? 0;
    scan.seen.set(reference, nth + 1);
    const path = reference
      .slice(1, -1)
      .split(".")
      .map((name) => name.trim());
    scan.pieces.push({ kind: "reference", path, raw: reference, nth });
    scan.at += reference.length;
    return;
  }
  const word = matchAt(wordPattern, text, scan.at);
  if (word !== undefined) {
    if (matchAt(callPattern, text, scan.at + word.length) !== undefined) scan.calls.push(word.toLowerCase());
    scan.plain += word;
    scan.at += word.length;
    return;
  }
  const char = text.charAt(scan.at);
  if (char === "(") scan.parentheses++;
  if (char === ")" && --scan.parentheses < 0) scan.fault = "a parenthesis is closed that was not opened";
  if (char === ";") scan.fault = "a semicolon does not belong into an expression";
  scan.plain += char;
  scan.at++;
}

function flush(scan: Scan): void {
  if (scan.plain !== "") scan.pieces.push({ kind: "text", text: scan.plain });
  scan.plain = "";
}

interface Opaque {
  readonly kind: "comment" | "string" | "quoted name";
  readonly text: string;
  readonly closed: boolean;
}

function opaqueAt(text: string, at: number): Opaque | undefined {
  const afterWord = at > 0 && /\w/.test(text.charAt(at - 1));
  switch (text.charAt(at)) {
    case "-":
      return text.startsWith("--", at) ? found("comment", text, at, lineCommentPattern) : undefined;
    case "/":
      return text.startsWith("/*", at) ? blockCommentAt(text, at) : undefined;
    case "'":
      return found("string", text, at, stringPattern);
    case "e":
    case "E":
      return !afterWord && text.charAt(at + 1) === "'"
        ? found("string", text, at, escapeStringPattern)
        : undefined;
    case '"':
      return found("quoted name", text, at, quotedNamePattern);
    case "$":
      return afterWord ? undefined : dollarStringAt(text, at);
    default:
      return undefined;
  }
}

function found(kind: Opaque["kind"], text: string, at: number, pattern: RegExp): Opaque {
  const match = matchAt(pattern, text, at);
  return { kind, text: match ?? text.slice(at), closed: match !== undefined };
}

/** Block comments nest, as in PostgreSQL. */
function blockCommentAt(text: string, start: number): Opaque {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const pair = text.slice(at, at + 2);
    if (pair === "/*") depth++;
    if (pair === "*/") depth--;
    if (pair === "/*" || pair === "*/") at++;
    if (depth === 0) return { kind: "comment", text: text.slice(start, at + 1), closed: true };
  }
  return { kind: "comment", text: text.slice(start), closed: false };
}

function dollarStringAt(text: string, at: number): Opaque | undefined {
  const tag = matchAt(dollarStringPattern, text, at);
  if (tag === undefined) return undefined;
  const end = text.indexOf(tag, at + tag.length);
  if (end < 0) return { kind: "string", text: text.slice(at), closed: false };
  return { kind: "string", text: text.slice(at, end + tag.length), closed: true };
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
