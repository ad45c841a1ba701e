// A value that an expression needs several times, printed and computed once: the parameter of a lambda over a list of
// one element. It costs some tens of nanoseconds for each row, and keeps the text from doubling at each level.

/** A column, which may be repeated outside a lambda. */
const column = /^(?:"(?:[^"]|"")*"\.)?"(?:[^"]|"")*"$/;
/** What may be repeated anywhere: a parameter, a literal, or what an enclosing once() has bound. */
const constant =
  /^(?:CAST\(\$\d+ AS [A-Z ]+\)|\$\d+|\(?-?[\d.]+(?:e[+-]?\d+)?\)?|'[^']*'|once\d+(?:\[\d+\])?)$/;

/** The text of `body` over names that stand for the values, each of which is printed once. */
export function once<Values extends readonly string[]>(
  values: readonly [...Values],
  body: (...names: Values) => string,
): string {
  const call = body as (...names: readonly string[]) => string;
  if (values.every((value) => column.test(value) || constant.test(value))) return call(...values);
  // A column is bound too: inside a lambda of an aggregating query it would count as one that is not grouped.
  const bound = [...new Set(values.filter((value) => !constant.test(value)))];
  const name = `once${1 + deepest(bound)}`;
  const names = values.map((value) => {
    const place = bound.indexOf(value);
    if (place < 0) return value;
    return bound.length === 1 ? name : `${name}[${place + 1}]`;
  });
  const element = bound.length === 1 ? bound.join("") : `row(${bound.join(", ")})`;
  return `list_transform([${element}], lambda ${name}: ${call(...names)})[1]`;
}

/** The greatest number of a name that once() gave in the texts; 0 where there is none. */
function deepest(texts: readonly string[]): number {
  let most = 0;
  for (const text of texts) {
    for (const [, number] of text.matchAll(/\bonce(\d+)\b/g)) most = Math.max(most, Number(number));
  }
  return most;
}
