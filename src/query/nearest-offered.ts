// Which offered function a refused one was most likely meant to be.
import { functionName } from "./function-names.ts";
import { aggregates, functions, setFunctions, windowFunctions } from "./offered-functions.ts";

const offeredNames: readonly string[] = [
  ...new Set(
    [functions, aggregates, windowFunctions, setFunctions].flatMap((list) =>
      Object.values(list).map((entry) => entry.name),
    ),
  ),
];

/** What a function that is not offered is called, and the offered one whose name is nearest to it, if any is near. */
export function nearestOffered(oid: number): { name: string | undefined; nearest: string | undefined } {
  const name = functionName(oid) ?? nameOfOffered(oid);
  if (name === undefined) return { name, nearest: undefined };
  let nearest: string | undefined;
  let least = Math.max(2, Math.floor(name.length / 2));
  for (const candidate of offeredNames) {
    const distance = editDistance(name, candidate);
    if (distance < least || (distance === least && nearest === undefined)) {
      least = distance;
      nearest = candidate;
    }
  }
  return { name, nearest };
}

/** A function may be offered in one place only: rank() as a window function and not as an aggregate. */
function nameOfOffered(oid: number): string | undefined {
  for (const list of [functions, aggregates, windowFunctions, setFunctions]) {
    for (const entry of Object.values(list)) {
      if (entry.signatures.some((signature) => signature.oid === oid)) return entry.name;
    }
  }
  return undefined;
}

function editDistance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
