// PostgreSQL's advanced regular expressions in RE2's language, construct by construct. What RE2 lacks or reads in
// another way without a counterpart (lookaround, back references, word boundaries) is not translated.

import { classMembers, shorthandMembers } from "./character-classes.ts";

const controls: Readonly<Record<string, string>> = {
  a: "\\x07",
  b: "\\x08",
  B: "\\\\",
  e: "\\x1B",
  f: "\\f",
  n: "\\n",
  r: "\\r",
  t: "\\t",
  v: "\\x0B",
};

/** RE2 repeats at most this often. */
const repetitionsMax = 1000;

interface Scan {
  readonly source: string;
  at: number;
  out: string;
}

/** The pattern for RE2; undefined where there is none that means the same. */
export function translatePattern(source: string): string | undefined {
  // `***` chooses another flavour; `(?` options may turn meanings round.
  if (source.startsWith("***")) return undefined;
  const scan: Scan = { source, at: 0, out: "" };
  while (scan.at < source.length) if (!step(scan)) return undefined;
  return scan.out;
}

function step(scan: Scan): boolean {
  const { source, at } = scan;
  const character = source[at];
  if (character === "\\") return escaped(scan);
  if (character === "[") return bracket(scan);
  if (character === "(" && source[at + 1] === "?") {
    if (source[at + 2] !== ":") return false;
    return take(scan, 3, "(?:");
  }
  if (character === "{") {
    const bounds = /^\{(\d+)(,(\d*))?\}/.exec(source.slice(at));
    // A brace that opens no bound is an error or a literal, depending on what follows.
    if (bounds === null) return false;
    if (Number(bounds[1]) > repetitionsMax || Number(bounds[3] ?? 0) > repetitionsMax) return false;
    return take(scan, bounds[0].length, bounds[0]);
  }
  // In DuckDB's option `s` a dot is any character, as in PostgreSQL; ^ and $ are the ends of the text.
  return take(scan, 1, character ?? "");
}

function take(scan: Scan, length: number, text: string): boolean {
  scan.at += length;
  scan.out += text;
  return true;
}

function escaped(scan: Scan): boolean {
  const next = scan.source[scan.at + 1];
  if (next === undefined) return false;
  const lower = shorthandMembers(next.toLowerCase());
  if (lower !== undefined) return take(scan, 2, next === next.toLowerCase() ? `[${lower}]` : `[^${lower}]`);
  if (next === "A") return take(scan, 2, "\\A");
  if (next === "Z") return take(scan, 2, "\\z");
  const control = controls[next];
  if (control !== undefined) return take(scan, 2, control);
  const code = codePoint(scan);
  if (code !== undefined) return take(scan, code.length, code.text);
  if (/[A-Za-z0-9]/.test(next)) return false;
  const whole = String.fromCodePoint(scan.source.codePointAt(scan.at + 1) ?? 0);
  return take(
    scan,
    1 + whole.length,
    /[^\w\s]/.test(whole) && whole.length === 1 && whole < "\x7f" ? `\\${whole}` : whole,
  );
}

function codePoint(scan: Scan): { readonly length: number; readonly text: string } | undefined {
  const match = /^\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/.exec(scan.source.slice(scan.at));
  if (match === null) return undefined;
  return { length: match[0].length, text: `\\x{${(match[1] ?? match[2] ?? "").toUpperCase()}}` };
}

/** A bracket expression, rebuilt: RE2 has other escapes and narrower classes inside. */
function bracket(scan: Scan): boolean {
  const { source } = scan;
  let at = scan.at + 1;
  let out = "[";
  if (source[at] === "^") {
    out += "^";
    at += 1;
  }
  let first = true;
  for (;;) {
    const character = source[at];
    if (character === undefined) return false;
    if (character === "]" && !first) break;
    first = false;
    const item = bracketItem(source, at);
    if (item === undefined) return false;
    out += item.text;
    at += item.length;
  }
  return take(scan, at + 1 - scan.at, `${out}]`);
}

interface Item {
  readonly length: number;
  readonly text: string;
}

function bracketItem(source: string, at: number): Item | undefined {
  const character = source[at] ?? "";
  if (character === "[" && /[:.=]/.test(source[at + 1] ?? "")) return bracketClass(source.slice(at));
  if (character === "\\") return bracketEscape(source[at + 1] ?? "");
  if (character === "-") return { length: 1, text: "-" };
  const whole = String.fromCodePoint(source.codePointAt(at) ?? 0);
  return { length: whole.length, text: /[[\]^]/.test(whole) ? `\\${whole}` : whole };
}

function bracketClass(rest: string): Item | undefined {
  const [all = "", name = ""] = /^\[:(\w+):\]/.exec(rest) ?? [];
  const members = classMembers(name);
  return members === undefined ? undefined : { length: all.length, text: members };
}

function bracketEscape(next: string): Item | undefined {
  const members = shorthandMembers(next) ?? (next === "B" ? undefined : controls[next]);
  if (members !== undefined) return { length: 2, text: members };
  return /^[A-Za-z0-9]?$/.test(next) ? undefined : { length: 2, text: `\\${next}` };
}

/** The pattern of SIMILAR TO as a regular expression over the whole text, in PostgreSQL's language. */
export function similarPattern(pattern: string, escapeCharacter: string): string | undefined {
  let out = "";
  let inBracket = false;
  let isEscaped = false;
  for (const character of pattern) {
    // An escaped double quote marks a part for substring().
    if (isEscaped && character === '"') return undefined;
    if (!isEscaped && character === escapeCharacter) {
      isEscaped = true;
      continue;
    }
    out += isEscaped ? literally(character) : inBracket ? inSet(character) : outsideSet(character);
    if (!isEscaped) inBracket = inBracket ? character !== "]" : character === "[";
    isEscaped = false;
  }
  return inBracket || isEscaped ? undefined : `^(?:${out})$`;
}

function literally(character: string): string {
  return /\w/.test(character) ? character : `\\${character}`;
}

function inSet(character: string): string {
  return character === "\\" ? "\\\\" : character;
}

const similarCharacters: Readonly<Record<string, string>> = { "%": ".*", _: ".", "(": "(?:" };

function outsideSet(character: string): string {
  return similarCharacters[character] ?? (/[\\.^$]/.test(character) ? `\\${character}` : character);
}
