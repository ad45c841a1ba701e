// Array literals: `{1,NULL,"b c"}`, nested, with or without bounds.
import type { Value } from "../data-type.ts";
import { malformedArray } from "./wire-errors.ts";

/** PostgreSQL's MAXDIM. */
const dimensionsMax = 6;

/** Throws 22P02, and what `item` throws. Bounds before the braces are read and dropped: values have none. */
export function parseArray(text: string, item: (text: string) => Value): readonly Value[] {
  const reader = new ArrayReader(text, item);
  return reader.whole();
}

class ArrayReader {
  private readonly text: string;
  private readonly item: (text: string) => Value;
  private at = 0;

  constructor(text: string, item: (text: string) => Value) {
    this.text = text;
    this.item = item;
  }

  whole(): readonly Value[] {
    this.skipSpace();
    const bounds = /^(?:\[-?\d+(?::-?\d+)?\])+\s*=/.exec(this.text.slice(this.at))?.[0] ?? "";
    this.at += bounds.length;
    this.skipSpace();
    if (this.text[this.at] !== "{") {
      throw this.malformed('Array value must start with "{" or dimension information.');
    }
    const values = this.braces(1);
    this.skipSpace();
    if (this.at !== this.text.length) throw this.malformed("Junk after closing right brace.");
    if (bounds !== "") this.refuseOtherBounds(bounds, values);
    return values;
  }

  /** `[2:3][1:2]=` has to be what the braces hold. */
  private refuseOtherBounds(bounds: string, values: readonly Value[]): void {
    let level: Value = values;
    for (const [, first, last] of bounds.matchAll(/\[(-?\d+)(?::(-?\d+))?\]/g)) {
      const length = last === undefined ? Number(first) : Number(last) - Number(first) + 1;
      if (!Array.isArray(level) || level.length !== length) {
        throw this.malformed("Specified array dimensions do not match array contents.");
      }
      level = level[0] as Value;
    }
    if (Array.isArray(level)) {
      throw this.malformed("Specified array dimensions do not match array contents.");
    }
  }

  private braces(depth: number): readonly Value[] {
    if (depth > dimensionsMax) throw this.malformed(`An array has at most ${dimensionsMax} dimensions.`);
    this.at += 1;
    const values: Value[] = [];
    this.skipSpace();
    if (this.text[this.at] === "}") {
      this.at += 1;
      return values;
    }
    for (;;) {
      this.skipSpace();
      values.push(this.text[this.at] === "{" ? this.braces(depth + 1) : this.scalar());
      this.skipSpace();
      const next = this.text[this.at++];
      if (next === "}") return this.checked(values);
      if (next === undefined) throw this.malformed("Unexpected end of input.");
      if (next !== ",") throw this.malformed(`Unexpected "${next}" character.`);
    }
  }

  private checked(values: readonly Value[]): readonly Value[] {
    const lengths = new Set(values.map((value) => (Array.isArray(value) ? value.length : -1)));
    if (lengths.size > 1) {
      throw this.malformed("Multidimensional arrays must have sub-arrays with matching dimensions.");
    }
    return values;
  }

  private scalar(): Value {
    if (this.text[this.at] === '"') return this.item(this.quoted());
    let content = "";
    let escaped = false;
    while (this.at < this.text.length && !/[{},"]/.test(this.text[this.at] as string)) {
      if (this.text[this.at] === "\\") {
        escaped = true;
        this.at += 1;
      }
      content += this.text[this.at] ?? "";
      this.at += 1;
    }
    const word = content.trim();
    if (word === "") throw this.malformed(`Unexpected "${this.text[this.at] ?? "end"}" character.`);
    return !escaped && word.toUpperCase() === "NULL" ? null : this.item(word);
  }

  private quoted(): string {
    let content = "";
    for (this.at += 1; this.text[this.at] !== '"'; this.at++) {
      if (this.text[this.at] === "\\") this.at += 1;
      const character = this.text[this.at];
      if (character === undefined) throw this.malformed("Unexpected end of input.");
      content += character;
    }
    this.at += 1;
    return content;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }

  private malformed(detail: string): Error {
    return malformedArray(this.text, detail);
  }
}
