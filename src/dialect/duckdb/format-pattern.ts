// The pattern language of to_char(), to_date() and to_timestamp(): fields, quoted text, the FM modifier.

export type FormatPart =
  | { readonly kind: "text"; readonly text: string }
  /** `fill`: with leading zeros and trailing blanks, as it is without FM. */
  | {
      readonly kind: "field";
      readonly name: string;
      readonly fill: boolean;
      /** With `th`, `st`, `nd` or `rd` behind it, in the case of these letters. */
      readonly ordinal?: "TH" | "th";
    };

/** Words that PostgreSQL takes as fields, none of which may be read as plain text by mistake. */
const unread = /^(?:[A-Za-z]\.[A-Za-z]\.|TH|th|TM|SP|FX|TZ|OF|J|CC|BC|AD|RM|SSSS|SSSSS|FF[1-6])/;

/**
 * The parts of a pattern. Undefined where it holds a field that is not in `names`, or a letter that PostgreSQL would
 * take as a field in another case. `exactCase`: names differ by case in meaning (Mon, MON). `ordinals`: a field may be
 * followed by TH or th.
 */
export function formatParts(
  pattern: string,
  names: readonly string[],
  exactCase: boolean,
  ordinals = false,
): readonly FormatPart[] | undefined {
  const longestFirst = [...names].sort((a, b) => b.length - a.length);
  const parts: FormatPart[] = [];
  let at = 0;
  let fill = true;
  while (at < pattern.length) {
    const rest = pattern.slice(at);
    if (/^FM/i.test(rest)) {
      fill = false;
      at += 2;
      continue;
    }
    const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(rest);
    if (quoted !== null) {
      parts.push({ kind: "text", text: (quoted[1] ?? "").replaceAll(/\\(.)/g, "$1") });
      at += quoted[0].length;
      continue;
    }
    const name =
      longestFirst.find((candidate) => rest.startsWith(candidate)) ??
      longestFirst.find((candidate) => sameField(rest, candidate, exactCase));
    const ordinal = name === undefined ? undefined : /^(?:TH|th)/.exec(rest.slice(name.length))?.[0];
    if (ordinal !== undefined && !ordinals) return undefined;
    if (name !== undefined) {
      parts.push({ kind: "field", name, fill, ...(ordinal && { ordinal: ordinal as "TH" | "th" }) });
      at += name.length + (ordinal?.length ?? 0);
      fill = true;
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 0);
    // Letters are fields in some spelling or other; backslashes and quotes have rules of their own.
    if (unread.test(rest) || /[\p{L}\\"]/u.test(character)) return undefined;
    parts.push({ kind: "text", text: character });
    at += character.length;
  }
  return parts;
}

/** Numbers are the same field in any case; names of months and days are not. */
function sameField(rest: string, candidate: string, exactCase: boolean): boolean {
  if (exactCase && /^(mon|month|day|dy|am|pm|a\.m\.|p\.m\.)$/i.test(candidate)) return false;
  return rest.slice(0, candidate.length).toUpperCase() === candidate;
}
