// Runs of operator characters, over which PostgreSQL's scanner goes again from each of them: 100,000 of them keep it
// busy for half a minute, and nested comments too ("/*/*/*") are such a run.

/** By UTF-16 code unit. */
const isOperator = new Uint8Array(0x10000);
for (const character of "~!@#^&|`?+-*/%<>=") isOperator[character.charCodeAt(0)] = 1;

/** Steps of the scanner: about a second. One run of 15,000, or two thousand rulers of 300. */
const stepsMax = 2e8;

/** Whether a text is one that the scanner would take too long for. Strings and comments count too: no text needs it. */
export function hasTooLongOperatorRuns(text: string): boolean {
  let steps = 0;
  let run = 0;
  for (let at = 0; at < text.length; at++) {
    if (isOperator[text.charCodeAt(at)] === 0) {
      run = 0;
      continue;
    }
    steps += 2 * run++;
    if (steps > stepsMax) return true;
  }
  return false;
}
