// Parses client texts and model SQL: hands them to the parser's thread and turns its answers into statements or errors.
import { Worker } from "node:worker_threads";
import type { Node } from "@pgsql/types";
import { BoundedCache } from "../bounded-cache.ts";
import { parsedTextBounds } from "../constants.ts";
import { type LensError, unreachable } from "../errors.ts";
import type { ParsedText, ParseOutcome } from "./parse-text.ts";
import { restorePlaces } from "./restore-places.ts";
import { type ShortenedText, shortenLists } from "./shorten-lists.ts";
import { nullCharacter, statementTooDeep, syntaxError } from "./sql-errors.ts";
import type { ParseStatements, Statement } from "./statement.ts";

/** Megabytes: 10,000 nested parentheses, where PostgreSQL's own grammar gives up, take less than half of it. */
const stackSizeMb = 16;

// Worker threads cannot load TypeScript: from src (tests) it is the build's output beside it.
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/sql/parse-worker.js" : "./parse-worker.js",
  import.meta.url,
);

interface Pending {
  readonly text: string;
  /** What the thread was given; undefined where that is the text itself. */
  shortened: ShortenedText | undefined;
  readonly resolve: (statements: readonly Statement[]) => void;
  readonly reject: (error: LensError) => void;
}

interface Reply {
  readonly id: number;
  readonly outcome: ParseOutcome;
}

/** Texts sent again and again need no thread. Trees are kept as text: small, and each reader has its own. */
const known = new BoundedCache<readonly ParsedText[]>(parsedTextBounds);

/** In the order in which the thread answers. */
const pending = new Map<number, Pending>();
let worker: Worker | undefined;
let lastId = 0;

/**
 * Splits and parses a text; no statements for an empty one. Rejects with 42601 and PostgreSQL's own words (position: a
 * 1-based character of the whole text), 54001 for what is nested too deeply, 22021 for a NUL character.
 */
export const parseStatements: ParseStatements = (text) =>
  new Promise((resolve, reject) => {
    if (text.includes("\0")) return reject(nullCharacter());
    const statements = known.get(text);
    if (statements !== undefined) return resolve(statements.map(withNode));
    const id = ++lastId;
    const shortened = shortenLists(text);
    pending.set(id, { text, shortened: shortened.lists.length > 0 ? shortened : undefined, resolve, reject });
    post(id);
  });

function post(id: number): void {
  const waiting = pending.get(id);
  if (waiting === undefined) return;
  worker ??= startWorker();
  worker.ref();
  worker.postMessage({ id, text: waiting.shortened?.text ?? waiting.text });
}

function startWorker(): Worker {
  const started = new Worker(workerUrl, { resourceLimits: { stackSizeMb } });
  started.on("message", (reply: Reply) => {
    settle(reply);
    // A thread without work does not keep the process alive.
    if (pending.size === 0) started.unref();
  });
  let failure: unknown;
  started.on("error", (error) => {
    failure = error;
  });
  started.on("exit", () => {
    if (worker === started) replaceWorker(failure);
  });
  return started;
}

function settle({ id, outcome: reply }: Reply): void {
  const waiting = pending.get(id);
  if (waiting === undefined) return;
  const outcome = waiting.shortened === undefined ? reply : restored(waiting.shortened, reply);
  if (outcome === undefined) {
    // The client's own text tells what is wrong with it, or what its lists are.
    waiting.shortened = undefined;
    post(id);
    return;
  }
  pending.delete(id);
  switch (outcome.kind) {
    case "parsed":
      known.put(waiting.text, outcome.statements, bytesOf(outcome.statements));
      waiting.resolve(outcome.statements.map(withNode));
      break;
    case "syntax":
      waiting.reject(syntaxError(outcome.message, outcome.position));
      break;
    case "tooDeep":
      waiting.reject(statementTooDeep());
      break;
    default:
      unreachable(outcome);
  }
}

/** Undefined where the whole text has to be read. */
function restored(shortened: ShortenedText, outcome: ParseOutcome): ParseOutcome | undefined {
  if (outcome.kind !== "parsed") return outcome.kind === "syntax" ? undefined : outcome;
  const statements = restorePlaces(shortened, outcome.statements);
  return statements && { kind: "parsed", statements };
}

function withNode({ tree, ...statement }: ParsedText): Statement {
  return { ...statement, node: JSON.parse(tree) as Node };
}

/** Of an item of a list, estimated. */
const listItemBytes = 48;

/** Two bytes a character at most; a statement's text may be a piece of the key, and is counted again. */
function bytesOf(statements: readonly ParsedText[]): number {
  return statements.reduce(
    (bytes, { text, tree, longLists = [] }) =>
      bytes +
      2 * (text.length + tree.length) +
      listItemBytes * longLists.flatMap(({ items }) => items).length,
    0,
  );
}

/** The thread ended: by itself after a text that broke the parser, or within a text, which is then the oldest. */
function replaceWorker(failure: unknown): void {
  worker = undefined;
  if (failure !== undefined) {
    const [oldest] = pending;
    if (oldest !== undefined) {
      pending.delete(oldest[0]);
      oldest[1].reject(statementTooDeep(failure));
    }
  }
  for (const id of pending.keys()) post(id);
}
