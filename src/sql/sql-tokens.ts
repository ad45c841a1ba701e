// A scanner for SQL that the parser has accepted: finds where tokens end, so that text can be put between them.

export interface SqlToken {
  readonly kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  /** UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

const blank = /(?:[ \t\n\r\f\v]+|--[^\n\r]*)+/y;
const word = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;
const number = /(?:\d[\w]*(?:\.[\w]*)?|\.\d\w*)(?:(?<=[eE])[+-]\d\w*)?/y;
const parameter = /\$\d+/y;
const dollarQuote = /\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/y;
const plainString = /'(?:[^']|'')*'/y;
const escapeString = /'(?:[^'\\]|''|\\[\s\S])*'/y;
const quotedName = /"(?:[^"]|"")*"/y;
/** A string may go on in another line. */
const continuation = /[ \t\f\v]*(?:[\n\r]|--[^\n\r]*[\n\r])(?:[ \t\n\r\f\v]|--[^\n\r]*[\n\r])*(?=')/y;

/** The token at or after an offset, comments left out. */
export function tokenAt(text: string, offset: number): SqlToken {
  const start = skipBlank(text, offset);
  const first = text[start];
  if (first === undefined) return { kind: "end", start, end: start };
  if (first === "'") return { kind: "string", start, end: stringEnd(text, start, plainString) };
  if (first === '"') return { kind: "quoted", start, end: match(quotedName, text, start) ?? start + 1 };
  if (first === "$") return dollarToken(text, start);
  const wordEnd = match(word, text, start);
  if (wordEnd !== undefined) return wordToken(text, start, wordEnd);
  const numberEnd = match(number, text, start);
  if (numberEnd !== undefined) return { kind: "number", start, end: numberEnd };
  return { kind: "symbol", start, end: start + 1 };
}

function wordToken(text: string, start: number, end: number): SqlToken {
  const prefix = text.slice(start, end).toLowerCase();
  if (text[end] === "'" && (prefix === "e" || prefix === "b" || prefix === "x" || prefix === "n")) {
    const form = prefix === "e" ? escapeString : plainString;
    return { kind: "string", start, end: stringEnd(text, end, form) };
  }
  if (prefix === "u" && text[end] === "&") {
    if (text[end + 1] === "'") return { kind: "string", start, end: stringEnd(text, end + 1, plainString) };
    if (text[end + 1] === '"') return { kind: "quoted", start, end: match(quotedName, text, end + 1) ?? end };
  }
  return { kind: "word", start, end };
}

function stringEnd(text: string, quote: number, form: RegExp): number {
  let end = match(form, text, quote) ?? text.length;
  for (;;) {
    const next = match(continuation, text, end);
    const goesOn = next === undefined ? undefined : match(form, text, next);
    if (goesOn === undefined) return end;
    end = goesOn;
  }
}

function dollarToken(text: string, start: number): SqlToken {
  const opened = match(dollarQuote, text, start);
  if (opened !== undefined) {
    const closing = text.indexOf(text.slice(start, opened), opened);
    const end = closing < 0 ? text.length : closing + opened - start;
    return { kind: "string", start, end };
  }
  return { kind: "symbol", start, end: match(parameter, text, start) ?? start + 1 };
}

/** Past white space and comments; block comments nest. */
function skipBlank(text: string, offset: number): number {
  let at = offset;
  for (;;) {
    const blankEnd = match(blank, text, at);
    if (blankEnd !== undefined) at = blankEnd;
    else if (text.startsWith("/*", at)) at = commentEnd(text, at);
    else return at;
  }
}

function commentEnd(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text.startsWith("/*", at)) {
      depth++;
      at++;
    } else if (text.startsWith("*/", at)) {
      depth--;
      at++;
      if (depth === 0) return at + 1;
    }
  }
  return text.length;
}

/** Where a sticky expression's match at an offset ends. */
function match(form: RegExp, text: string, at: number): number | undefined {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : undefined;
}

/** Words that end an item of a select list. */
const itemEnds = new Set(
  `from where group having window order limit offset fetch for union intersect except into`.split(" "),
);

/** Where the select list item that begins at an offset ends: after its last token. */
export function selectItemEnd(text: string, start: number): number {
  let depth = 0;
  let end = start;
  let previous = "";
  for (let token = tokenAt(text, start); token.kind !== "end"; token = tokenAt(text, token.end)) {
    const own = text.slice(token.start, token.end).toLowerCase();
    if (depth === 0 && endsItem(token, own, previous)) return end;
    if (own === "(" || own === "[" || (token.kind === "word" && own === "case")) depth++;
    else if (own === ")" || own === "]" || (token.kind === "word" && own === "end")) depth--;
    if (depth < 0) return end;
    end = token.end;
    previous = own;
  }
  return end;
}

function endsItem(token: SqlToken, own: string, previous: string): boolean {
  if (token.kind === "symbol") return own === "," || own === ";";
  if (token.kind !== "word" || previous === ".") return false;
  if (own === "from" && previous === "distinct") return false;
  if (own === "group" && previous === "within") return false;
  return itemEnds.has(own);
}

/** Where the column reference (`a`, `a.b`, `a . "b"`) that begins at an offset ends. */
export function columnReferenceEnd(text: string, start: number): number {
  let end = tokenAt(text, start).end;
  for (;;) {
    const dot = tokenAt(text, end);
    if (dot.kind !== "symbol" || text[dot.start] !== ".") return end;
    end = tokenAt(text, dot.end).end;
  }
}
