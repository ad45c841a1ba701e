// The pattern language of to_char() and to_number() for numbers: digits, groups, the point, signs, text round them.

export interface NumberPattern {
  /** Text before and after the number. */
  readonly prefix: string;
  readonly suffix: string;
  /** Without blanks and zeros that are not asked for: FM. */
  readonly trimmed: boolean;
  /** Digits before the point, `0` where one is always shown, with commas between them. */
  readonly whole: string;
  /** Digits after the point. */
  readonly fraction: string;
  /** `before`: a minus or a blank; S: a plus or a minus; MI: a minus or a blank; PR: angle brackets. */
  readonly sign: "before" | "S before" | "S after" | "MI" | "PR";
}

const form =
  /^(?<fm>FM)?(?<prefix>(?:"(?:[^"\\]|\\.)*"|[^\p{L}\d.,"\\])*)(?<first>S)?(?<whole>(?:[09][09,G]*)?)(?:[.D](?<fraction>[09]+))?(?<last>S|MI|PR)?(?<suffix>(?:"(?:[^"\\]|\\.)*"|[^\p{L}\d.,"\\])*)$/iu;

/** Undefined where the pattern holds anything else. */
export function numberPattern(pattern: string): NumberPattern | undefined {
  const {
    fm,
    prefix = "",
    first,
    whole = "",
    fraction = "",
    last,
    suffix = "",
  } = form.exec(pattern)?.groups ?? {};
  if (!/[09]/.test(whole + fraction) || (first !== undefined && last !== undefined)) return undefined;
  const sign = first !== undefined ? "S before" : signs[(last ?? "").toUpperCase()];
  if (sign === undefined) return undefined;
  return {
    prefix: unquoted(prefix),
    suffix: unquoted(suffix),
    trimmed: fm !== undefined,
    whole: whole.replaceAll(/g/gi, ","),
    fraction,
    sign,
  };
}

const signs: Readonly<Record<string, NumberPattern["sign"]>> = {
  "": "before",
  S: "S after",
  MI: "MI",
  PR: "PR",
};

function unquoted(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\.)*)"/g, (_, inner: string) => inner.replaceAll(/\\(.)/g, "$1"));
}
