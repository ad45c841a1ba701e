// The text of a printed tree as plain nodes, lists and tokens: what nodeRead() of PostgreSQL's read.c does, without
// knowing what any of them means.
import { unreadableTree } from "./query-errors.ts";

/** `{LABEL :name value :name value}`, fields in the order in which they were printed. */
export interface DumpNode {
  readonly kind: "node";
  readonly label: string;
  readonly names: readonly string[];
  readonly values: readonly DumpValue[];
}

/** `(...)`; the tag tells lists of numbers: i integers, o OIDs, b a bitmap set, x transaction ids. */
export interface DumpList {
  readonly kind: "list";
  readonly tag: "" | "i" | "o" | "b" | "x";
  readonly items: readonly DumpValue[];
}

/** The bytes of a constant: `5 [ 20 0 0 0 97 ]`. */
export interface DumpDatum {
  readonly kind: "datum";
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** `<>` is null; everything that is not bracketed stays the token it was, escapes included. */
export type DumpValue = null | string | DumpNode | DumpList | DumpDatum;

const space = 0x20;
const tab = 0x09;
const backslash = 0x5c;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const openParen = 0x28;
const closeParen = 0x29;
const colon = 0x3a;

/** Parses an unwrapped dump. Throws XX000 for anything left over or out of place. */
export function parseDump(text: string): DumpNode {
  const parser = new DumpParser(text);
  const node = parser.node();
  parser.end();
  return node;
}

/** The name that a token stands for: escapes removed, bytes read as UTF-8. */
export function tokenName(token: string): string {
  const plain = token.includes("\\") ? token.replace(/\\([\s\S])/g, "$1") : token;
  for (let i = 0; i < plain.length; i++) {
    if (plain.charCodeAt(i) > 0x7f) return Buffer.from(plain, "latin1").toString("utf8");
  }
  return plain;
}

class DumpParser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  node(): DumpNode {
    this.expect(openBrace);
    const label = this.token();
    const names: string[] = [];
    const values: DumpValue[] = [];
    for (;;) {
      this.skipSpace();
      const char = this.text.charCodeAt(this.at);
      if (char === closeBrace) break;
      if (char !== colon) throw this.unreadable("a field name expected");
      this.at++;
      names.push(this.token());
      this.skipSpace();
      values.push(this.fieldValue());
    }
    this.at++;
    return { kind: "node", label, names, values };
  }

  end(): void {
    this.skipSpace();
    if (this.at !== this.text.length) throw this.unreadable("text after the tree");
  }

  private fieldValue(): DumpValue {
    const value = this.value();
    if (typeof value !== "string" || this.text.charCodeAt(this.at + 1) !== 0x5b) return value;
    return this.datum(value);
  }

  private value(): DumpValue {
    const char = this.text.charCodeAt(this.at);
    if (char === openBrace) return this.node();
    if (char === openParen) return this.list();
    if (char === 0x3c && this.text.charCodeAt(this.at + 1) === 0x3e) {
      this.at += 2;
      return null;
    }
    return this.token();
  }

  private list(): DumpList {
    this.at++;
    const tag = this.listTag();
    const items: DumpValue[] = [];
    for (;;) {
      this.skipSpace();
      if (this.text.charCodeAt(this.at) === closeParen) break;
      items.push(this.value());
    }
    this.at++;
    return { kind: "list", tag, items };
  }

  private listTag(): DumpList["tag"] {
    const next = this.text.charCodeAt(this.at + 1);
    if (next !== space && next !== closeParen) return "";
    const tag = this.text[this.at];
    if (tag !== "i" && tag !== "o" && tag !== "b" && tag !== "x") return "";
    this.at++;
    return tag;
  }

  private datum(lengthToken: string): DumpDatum {
    const end = this.text.indexOf("]", this.at);
    if (end < 0) throw this.unreadable("an open datum");
    const inside = this.text.slice(this.at + 2, end).trim();
    this.at = end + 1;
    const numbers = inside === "" ? [] : inside.split(" ");
    const bytes = new Uint8Array(numbers.length);
    for (let i = 0; i < numbers.length; i++) {
      const byte = Number(numbers[i]);
      if (!Number.isInteger(byte) || byte < -128 || byte > 255) throw this.unreadable("a byte expected");
      bytes[i] = byte;
    }
    return { kind: "datum", length: Number(lengthToken), bytes };
  }

  /** As pg_strtok(): up to a space, a bracket or a brace; a backslash protects the character after it. */
  private token(): string {
    const start = this.at;
    const text = this.text;
    let i = start;
    for (; i < text.length; i++) {
      const char = text.charCodeAt(i);
      if (char === backslash) i++;
      else if (char === space || char === tab || char === openParen || char === closeParen) break;
      else if (char === openBrace || char === closeBrace) break;
    }
    this.at = Math.min(i, text.length);
    if (this.at === start) throw this.unreadable("a token expected");
    return text.slice(start, this.at);
  }

  private skipSpace(): void {
    while (this.text.charCodeAt(this.at) === space) this.at++;
  }

  private expect(char: number): void {
    this.skipSpace();
    if (this.text.charCodeAt(this.at) !== char)
      throw this.unreadable(`${String.fromCharCode(char)} expected`);
    this.at++;
  }

  private unreadable(what: string): Error {
    return unreadableTree(`${what} at ${this.at} of the dump`);
  }
}
