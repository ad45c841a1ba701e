// Classes of characters for RE2, which knows Unicode's general categories only. PostgreSQL's classes are properties:
// letters are also vowel signs and circled letters, capitals also Roman numerals.

/** Beyond the second plane there are no letters outside the category of letters. */
const codePointMax = 0x1ffff;

/** The members of a property that a category leaves out, as ranges of a bracket expression. */
function rest(property: RegExp, category: RegExp): string {
  let text = "";
  let start: number | undefined;
  for (let code = 0x80; code <= codePointMax + 1; code += 1) {
    const character = String.fromCodePoint(code);
    const isMember = code <= codePointMax && property.test(character) && !category.test(character);
    if (isMember) {
      start ??= code;
    } else if (start !== undefined) {
      text += start === code - 1 ? hex(start) : `${hex(start)}-${hex(code - 1)}`;
      start = undefined;
    }
  }
  return text;
}

function hex(code: number): string {
  return `\\x{${code.toString(16).toUpperCase()}}`;
}

function once(make: () => string): () => string {
  let made: string | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

const letters = once(() => `\\p{L}\\p{Nl}${rest(/\p{Alphabetic}/u, /[\p{L}\p{Nl}]/u)}`);
const capitals = once(() => `\\p{Lu}${rest(/\p{Uppercase}/u, /\p{Lu}/u)}`);
const smalls = once(() => `\\p{Ll}${rest(/\p{Lowercase}/u, /\p{Ll}/u)}`);
const spaces = " \\t\\n\\x0B\\f\\r\\x{85}\\p{Z}";

/** The members of PostgreSQL's named classes, to stand in brackets; undefined for classes that are not offered. */
export function classMembers(name: string): string | undefined {
  return classes[name]?.();
}

const classes: Readonly<Record<string, () => string>> = {
  alpha: letters,
  alnum: () => `${letters()}0-9`,
  word: () => `${letters()}0-9_`,
  digit: () => "0-9",
  lower: smalls,
  upper: capitals,
  space: () => spaces,
  blank: () => " \\t\\p{Zs}",
  xdigit: () => "0-9A-Fa-f",
};

const shorthands: Readonly<Record<string, string>> = { d: "digit", w: "word", s: "space" };

/** The members of \d, \w and \s. */
export function shorthandMembers(letter: string): string | undefined {
  const name = shorthands[letter];
  return name === undefined ? undefined : classMembers(name);
}
