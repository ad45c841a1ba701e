// Whether a pattern has one match wherever it begins, so that "longest" and "first tried" are the same.

/**
 * True for a choice of plain texts, and for patterns without alternatives and without repetition but of single characters, in which each repeated
 * set is followed by something it does not contain, or by nothing. `pattern` is in RE2's language.
 */
export function hasOneMatch(pattern: string): boolean {
  if (isChoiceOfTexts(pattern)) return true;
  const atoms = atomsOf(pattern);
  if (atoms === undefined) return false;
  return atoms.every((atom, index) => {
    if (!atom.repeated) return true;
    if (atom.lazy) return false;
    const next = atoms[index + 1];
    if (next === undefined || next.kind === "end") return true;
    return !next.repeated && disjoint(atom, next);
  });
}

const choice = /^\((?:\?:)?([^()]*)\)$/;
const plainText = /^(?:[^\\[\](){}.*+?^$|]|\\[^A-Za-z0-9])+$/u;

/** `north|south`: where none of the texts begins with another, in any case, at most one of them matches at a place. */
function isChoiceOfTexts(pattern: string): boolean {
  const texts = (choice.exec(pattern)?.[1] ?? pattern).split("|");
  if (texts.length < 2 || !texts.every((text) => plainText.test(text))) return false;
  const lower = texts.map((text) => text.toLowerCase());
  return lower.every((text, at) => lower.every((other, place) => place === at || !other.startsWith(text)));
}

interface Atom {
  /** A set of characters by its source text, or one of the anchors. */
  readonly kind: "set" | "start" | "end";
  readonly source: string;
  readonly repeated: boolean;
  readonly lazy: boolean;
}

const atom =
  /(\\(?:[pP]\{[^}]*\}|x\{[^}]*\}|x[0-9A-Fa-f]{2}|.)|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?:|\(|\)|\^|\$|\||.)(\{\d+\}|\{\d+,\d*\}|[*+?])?(\?)?/gsu;

/** The pattern as a row of single characters and sets; undefined where it is more than that. */
function atomsOf(pattern: string): readonly Atom[] | undefined {
  const atoms: Atom[] = [];
  for (const [, source = "", quantifier, lazy] of pattern.matchAll(atom)) {
    if (source === "|") return undefined;
    const group = source === "(" || source === ")" || source === "(?:";
    if (group) {
      if (quantifier !== undefined) return undefined;
      continue;
    }
    const repeated = quantifier !== undefined && !/^\{\d+\}$/.test(quantifier);
    const kind =
      source === "^" || source === "\\A" ? "start" : source === "$" || source === "\\z" ? "end" : "set";
    if (kind !== "set" && quantifier !== undefined) return undefined;
    atoms.push({ kind, source, repeated, lazy: lazy !== undefined });
  }
  return atoms;
}

/** True when the two sets are known to have no character in common. */
function disjoint(left: Atom, right: Atom): boolean {
  const [a, b] = [matcherOf(left.source), matcherOf(right.source)];
  if (a === undefined || b === undefined) return false;
  const single = singleCharacter(right.source) ?? singleCharacter(left.source);
  if (single === undefined) return false;
  return !(a.test(single) && b.test(single));
}

function singleCharacter(source: string): string | undefined {
  if ([...source].length === 1 && source !== ".") return source;
  return /^\\[^\w\s]$/.test(source) ? source.slice(1) : undefined;
}

function matcherOf(source: string): RegExp | undefined {
  try {
    return new RegExp(`^(?:${source.replaceAll(/\\x\{([0-9A-F]+)\}/g, "\\u{$1}")})$`, "su");
  } catch {
    return undefined;
  }
}
