// Finds the statement inside DECLARE ... FOR and PREPARE ... AS: the raw parse tree does not say where it begins.

/**
 * The index behind the first `keyword` that is a word of its own: outside quotes, comments and parentheses. Both FOR
 * and AS are reserved, so nothing before can be spelled like them without quotes.
 */
export function endOfKeyword(text: string, keyword: "for" | "as"): number | undefined {
  const token = /--[^\n]*|"(?:[^"]|"")*"|'(?:[^']|'')*'|[\p{L}_][\p{L}\p{N}_$]*|\/\*|[()]|[\s\S]/gu;
  let depth = 0;
  for (let match = token.exec(text); match !== null; match = token.exec(text)) {
    const word = match[0];
    if (word === "/*") token.lastIndex = endOfComment(text, match.index);
    else if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (depth === 0 && word.toLowerCase() === keyword) return token.lastIndex;
  }
  return undefined;
}

/** Block comments nest. */
function endOfComment(text: string, start: number): number {
  const mark = /\/\*|\*\//g;
  mark.lastIndex = start;
  let depth = 0;
  for (let match = mark.exec(text); match !== null; match = mark.exec(text)) {
    depth += match[0] === "/*" ? 1 : -1;
    if (depth === 0) return mark.lastIndex;
  }
  return text.length;
}
