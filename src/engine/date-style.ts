// Reading DateStyle: a list of words, of which one names the style and one the order of day, month and year.
import { invalidSettingValue } from "./session-errors.ts";
import type { ReadSetting } from "./setting-values.ts";

/** As SHOW prints it: what is not named stays as in `current`. `initial`: what the word DEFAULT stands for. */
export function dateStyle(current: string, initial: string): ReadSetting {
  return (name, value) => {
    const refusal = (detail: string) => invalidSettingValue(name, value, { detail });
    const words = wordsOf(value);
    if (words === undefined) throw refusal('List syntax is invalid in parameter "DateStyle".');
    const choice = new Choice(current, initial);
    for (const word of words) {
      if (!choice.take(word)) throw refusal(`Unrecognized key word: "${word}".`);
    }
    if (choice.isConflicting) throw refusal('Conflicting "DateStyle" specifications.');
    return `${choice.style}, ${choice.order}`;
  };
}

const styles: readonly (readonly [pattern: RegExp, style: string])[] = [
  [/^iso$/i, "ISO"],
  [/^sql$/i, "SQL"],
  [/^postgres/i, "Postgres"],
  [/^german$/i, "German"],
];

const orders: readonly (readonly [pattern: RegExp, order: string])[] = [
  [/^ymd$/i, "YMD"],
  [/^(dmy$|euro)/i, "DMY"],
  [/^(mdy$|us$|noneuro)/i, "MDY"],
];

class Choice {
  style: string;
  order: string;
  isConflicting = false;
  private hasStyle = false;
  private hasOrder = false;
  private readonly initial: readonly string[];

  constructor(current: string, initial: string) {
    const [style = "ISO", order = "MDY"] = current.split(", ");
    this.style = style;
    this.order = order;
    this.initial = initial.split(", ");
  }

  /** False for a word that says nothing. */
  take(word: string): boolean {
    const style = named(styles, word);
    if (style !== undefined) this.takeStyle(style);
    const order = named(orders, word);
    if (order !== undefined) this.takeOrder(order);
    const isDefault = /^default$/i.test(word);
    if (isDefault && !this.hasStyle) this.style = this.initial[0] ?? this.style;
    if (isDefault && !this.hasOrder) this.order = this.initial[1] ?? this.order;
    return isDefault || style !== undefined || order !== undefined;
  }

  private takeStyle(style: string): void {
    if (this.hasStyle && this.style !== style) this.isConflicting = true;
    this.style = style;
    this.hasStyle = true;
    // The German order, where none is named.
    if (style === "German" && !this.hasOrder) this.order = "DMY";
  }

  private takeOrder(order: string): void {
    if (this.hasOrder && this.order !== order) this.isConflicting = true;
    this.order = order;
    this.hasOrder = true;
  }
}

function named(known: readonly (readonly [RegExp, string])[], word: string): string | undefined {
  return known.find(([pattern]) => pattern.test(word))?.[1];
}

/** A list as of names: words without blanks, or in double quotes. Undefined where it is none. */
function wordsOf(list: string): readonly string[] | undefined {
  if (list.trim() === "") return [];
  const words: string[] = [];
  const item = /\s*(?:"((?:[^"]|"")+)"|([^\s,"][^\s,]*))\s*(,|$)/y;
  for (;;) {
    const match = item.exec(list);
    if (match === null) return undefined;
    words.push(match[1]?.replaceAll('""', '"') ?? (match[2] as string).toLowerCase());
    if (match[3] === "") return words;
  }
}
