// The one error class. Each folder has a file of its own errors (`<folder>-errors.ts`), one function per error,
// built with lensError(); nothing else creates errors that a client can see.
import { randomBytes } from "node:crypto";
import { type SqlstateName, sqlstates } from "./sqlstate.ts";

export type Severity = "ERROR" | "FATAL";

export interface ErrorOptions {
  readonly severity?: Severity | undefined;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based character in the client's SQL text. */
  readonly position?: number | undefined;
  /** Where in what is read: `COPY t, line 2, column a: "x"`. */
  readonly context?: string | undefined;
  /** A routine name that drivers look at (`RevalidateCachedQuery`). */
  readonly routine?: string | undefined;
  /** The limit that was reached, by its name in the configuration: for metrics, never sent. */
  readonly limit?: string | undefined;
  /** The original failure: for the log only, never sent. */
  readonly cause?: unknown;
}

/** A PostgreSQL error. `message` is in PostgreSQL's style; detail and hint are sentences. */
export class LensError extends Error {
  /** The five-character code. */
  readonly sqlstate: string;
  /** FATAL ends the connection. */
  readonly severity: Severity;
  readonly detail: string | undefined;
  readonly hint: string | undefined;
  readonly position: number | undefined;
  readonly context: string | undefined;
  readonly routine: string | undefined;
  readonly limit: string | undefined;

  constructor(sqlstate: string, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "LensError";
    this.sqlstate = sqlstate;
    this.severity = options.severity ?? "ERROR";
    this.detail = options.detail;
    this.hint = options.hint;
    this.position = options.position;
    this.context = options.context;
    this.routine = options.routine;
    this.limit = options.limit;
  }
}

/** Makes an error with a declared SQLSTATE. Call it from a `<folder>-errors.ts` file only. */
export function lensError(state: SqlstateName, message: string, options: ErrorOptions = {}): LensError {
  return new LensError(sqlstates[state], message, options);
}

/** An error that a PostgreSQL server (the catalog's PGlite) reported: its own code and words stand. */
export function relayedError(sqlstate: string, message: string, options: ErrorOptions = {}): LensError {
  return new LensError(sqlstate, message, options);
}

/** The same error at another place of the text, or with a hint it did not have. */
export function withOptions(error: LensError, options: ErrorOptions): LensError {
  return new LensError(error.sqlstate, error.message, {
    severity: options.severity ?? error.severity,
    detail: options.detail ?? error.detail,
    hint: options.hint ?? error.hint,
    position: options.position ?? error.position,
    context: options.context ?? error.context,
    routine: options.routine ?? error.routine,
    limit: options.limit ?? error.limit,
    cause: options.cause ?? error.cause,
  });
}

/** The same error of a text that the client did not write. */
export function withoutPosition(error: LensError): LensError {
  const { severity, detail, hint, context, routine, limit, cause } = error;
  const options = { severity, detail, hint, context, routine, limit, cause };
  return new LensError(error.sqlstate, error.message, options);
}

/** A short reference that joins what the client was told to what the log holds. */
export function newReference(): string {
  return randomBytes(6).toString("hex");
}

/** The stages walk statements by recursion: what overflows the stack is a statement that is too deep. */
function isStackOverflow(thrown: unknown): boolean {
  return thrown instanceof RangeError && thrown.message === "Maximum call stack size exceeded";
}

/**
 * Whatever was thrown, as an error that may be sent. Anything but a LensError is a bug of ours: the client gets a
 * reference, the original travels as `cause` to the log.
 */
export function toLensError(thrown: unknown): LensError {
  if (thrown instanceof LensError) return thrown;
  if (isStackOverflow(thrown))
    return lensError("statement_too_complex", "stack depth limit exceeded", { cause: thrown });
  const reference = newReference();
  return lensError("internal_error", "internal error", {
    detail: `The log holds more under the reference ${reference}.`,
    cause: thrown,
  });
}

/** A bug of ours when it does not hold; the statement fails with XX000. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new TypeError(`assertion failed: ${what}`);
}

/** For the default branch of an exhaustive switch. */
export function unreachable(value: never): never {
  throw new TypeError(`not a known case: ${JSON.stringify(value)}`);
}
