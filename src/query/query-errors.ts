// The errors of reading an analysed tree.
import { type LensError, lensError, newReference } from "../errors.ts";

/** The printed tree is not what this reader was written for: a bug of ours, or another release of PostgreSQL. */
export function unreadableTree(what: string): LensError {
  const reference = newReference();
  return lensError("internal_error", "the analysed statement could not be read", {
    detail: `The log holds more under the reference ${reference}.`,
    cause: new Error(`${reference}: ${what}`),
  });
}

/** PostgreSQL understands it, a lens does not. `construct` is what the user would call it. */
export function unsupportedConstruct(
  construct: string,
  position: number | undefined,
  hint: string,
): LensError {
  return lensError("feature_not_supported", `${construct} is not supported in a query of a lens`, {
    position,
    hint,
  });
}

/** Reading the tree ran out of stack; PostgreSQL's own words for it. */
export function treeTooDeep(cause: unknown): LensError {
  return lensError("statement_too_complex", "stack depth limit exceeded", {
    hint: "Nest the expressions of the statement less deeply.",
    cause,
  });
}

/** What PostgreSQL says in a read-only transaction. */
export function writeInReadOnly(command: string): LensError {
  return lensError("read_only_sql_transaction", `cannot execute ${command} in a read-only transaction`);
}
