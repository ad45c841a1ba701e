// Parses client texts and model SQL: hands them to the parser's thread and turns its answers into statements or errors.
import type { Node } from "@pgsql/types";
import { BoundedCache } from "../bounded-cache.ts";
import { parsedTextBounds } from "../constants.ts";
import { unreachable } from "../errors.ts";
import { hasTooLongOperatorRuns } from "./operator-runs.ts";
import type { ParsedText, ParseOutcome } from "./parse-text.ts";
import { ParserThread } from "./parser-thread.ts";
import { restorePlaces } from "./restore-places.ts";
import { type ShortenedText, shortenLists } from "./shorten-lists.ts";
import { nullCharacter, statementTooDeep, syntaxError, textTooComplex } from "./sql-errors.ts";
import type { ParseStatements, Statement } from "./statement.ts";

/** UTF-16 code units: texts up to this size take milliseconds, and never wait for larger ones. */
const smallTextMax = 64 * 1024;

/** A small text takes milliseconds. Of 16 MB, a text that PostgreSQL can parse at all takes up to 20 s. */
const threads = {
  small: new ParserThread({ limitMs: 10_000, waitingCharactersMax: 64 * 1024 * 1024 }),
  large: new ParserThread({ limitMs: 30_000, waitingCharactersMax: 64 * 1024 * 1024 }),
};

/** Texts sent again and again need no thread. Trees are kept as text: small, and each reader has its own. */
const known = new BoundedCache<readonly ParsedText[]>(parsedTextBounds);

/**
 * Splits and parses a text; no statements for an empty one. Rejects with 42601 and PostgreSQL's own words (position: a
 * 1-based character of the whole text), 54001 for what is nested too deeply or takes the parser too long, 22021 for a
 * NUL character, 53400 where too many large texts wait.
 */
export const parseStatements: ParseStatements = async (text) => {
  if (text.includes("\0")) throw nullCharacter();
  const statements = known.get(text) ?? (await parsed(text));
  return statements.map(withNode);
};

async function parsed(text: string): Promise<readonly ParsedText[]> {
  if (hasTooLongOperatorRuns(text)) throw textTooComplex();
  const outcome = await outcomeOf(text);
  switch (outcome.kind) {
    case "parsed":
      known.put(text, outcome.statements, bytesOf(outcome.statements));
      return outcome.statements;
    case "syntax":
      throw syntaxError(outcome.message, outcome.position);
    case "tooDeep":
      throw statementTooDeep();
    default:
      unreachable(outcome);
  }
}

async function outcomeOf(text: string): Promise<ParseOutcome> {
  const shortened = shortenLists(text);
  if (shortened.lists.length === 0) return parseIn(text);
  // Where the whole text has to be read, it tells what is wrong with it, or what its lists are.
  return restored(shortened, await parseIn(shortened.text)) ?? parseIn(text);
}

function parseIn(text: string): Promise<ParseOutcome> {
  return (text.length <= smallTextMax ? threads.small : threads.large).parse(text);
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
