// Runs one record of a result suite: sends its SQL over the wire, once as a simple query and once extended, and
// compares what comes back with what the record says.
import pg, { type QueryArrayResult } from "pg";
import type { SltExpectation, SltRecord } from "./slt-file.ts";
import type { RawTables, RawValue } from "./slt-warehouse.ts";

/** The letters of "query TYPES" and the type OIDs that each stands for. */
const columnTypes: Readonly<Record<string, readonly number[]>> = {
  T: [25, 1043, 1042, 19],
  B: [16],
  I: [20, 21, 23],
  N: [1700],
  R: [700, 701],
  D: [1082],
  S: [1114],
  Z: [1184],
  H: [1083],
  V: [1186],
  J: [114, 3802],
  U: [2950],
  A: [1000, 1005, 1007, 1009, 1015, 1016, 1022, 1115, 1182, 1231],
};

/**
 * What may come for letters that name no one type. F: a ratio or an average, of the type that its warehouse gives it.
 * W: a sum of whole numbers, likewise. P: a count that each warehouse makes approximately in its own way.
 */
const lettersFor: Readonly<Record<string, string>> = { F: "RN", W: "IN", P: "I" };

/** How far apart two approximate counts may be, relative to their size; two apart is never too far. */
const approximateTolerance = 0.2;

const numberLetters = ["N", "R", "I", ...Object.keys(lettersFor)];

/** Where the hand-written SQL yields a double: how far apart, relative to its size, two of them may be. */
const doubleTolerance = 1e-12;

type Row = readonly (string | null)[];

interface Answer {
  readonly types: string;
  readonly rows: readonly Row[];
}

export interface SltContext {
  readonly warehouse: RawTables;
  /** The connection of a user, opened on first use. */
  connection(user: string): Promise<pg.Client>;
  /** What the server logged so far, for the report of a failure. */
  serverLog(): string;
}

/** Every value as the text that was sent. */
export const rawTypes = { getTypeParser: () => (value: string | Buffer) => value };

function letterOf(oid: number): string {
  const entry = Object.entries(columnTypes).find(([, oids]) => oids.includes(oid));
  return entry?.[0] ?? `(${oid})`;
}

type RowsAsArrays = QueryArrayResult<(string | null)[]>;

interface SltQuery {
  readonly text: string;
  readonly values: unknown[];
  readonly rowMode: "array";
  readonly queryMode?: "extended";
}

async function ask(client: pg.Client, record: SltRecord, isExtended: boolean): Promise<Answer> {
  const query: SltQuery = {
    text: record.sql,
    values: [...record.parameters],
    rowMode: "array",
    ...(isExtended ? { queryMode: "extended" as const } : {}),
  };
  // Several statements in one text give several results; the last one counts.
  const answer: RowsAsArrays | RowsAsArrays[] = await client.query(query);
  const result: RowsAsArrays | undefined = Array.isArray(answer) ? answer.at(-1) : answer;
  if (result === undefined) throw new Error("no result");
  return { types: result.fields.map((field) => letterOf(field.dataTypeID)).join(""), rows: result.rows };
}

function showValue(value: string | null): string {
  if (value === null) return "NULL";
  return value === "" ? "(empty)" : value;
}

const showRow = (row: Row) => row.map(showValue).join(" ");

function describeRows(rows: readonly string[]): string {
  const shown = rows.slice(0, 20).join("\n");
  return rows.length > 20 ? `${shown}\n... ${rows.length} rows` : shown;
}

function failRows(problem: string, expected: readonly string[], actual: readonly string[]): never {
  throw new Error(`${problem}\nexpected:\n${describeRows(expected)}\ncame:\n${describeRows(actual)}`);
}

function compareLines(expected: readonly string[], answer: Answer, isSorted: boolean): void {
  const actual = answer.rows.map((row) => showRow(row).replaceAll("\n", "\\n"));
  const wanted = [...expected];
  if (isSorted) {
    actual.sort();
    wanted.sort();
  }
  if (actual.length !== wanted.length || actual.some((line, index) => line !== wanted[index])) {
    failRows("the rows differ", wanted, actual);
  }
}

function comparePatterns(patterns: readonly string[], answer: Answer): void {
  const lines = answer.rows.flatMap((row) => showRow(row).split("\n"));
  for (const pattern of patterns) {
    const isAbsent = pattern.startsWith("!");
    const wanted = new RegExp(isAbsent ? pattern.slice(1) : pattern);
    if (lines.some((line) => wanted.test(line)) === isAbsent) {
      failRows(isAbsent ? "a row matches" : "no row matches", [pattern], lines);
    }
  }
}

/** `007.50` and `7.5` are the same number. */
function normalNumber(text: string): string {
  const match = /^(-?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text);
  if (match === null) return text;
  const [, sign = "", whole = "", fraction = ""] = match;
  const digits = `${whole === "" ? "0" : whole}${fraction === "" ? "" : `.${fraction}`}`;
  return digits === "0" ? "0" : sign + digits;
}

function isEqual(letter: string, value: string | null, raw: RawValue): boolean {
  if (value === null || raw.text === null) return value === raw.text;
  if (!numberLetters.includes(letter)) return value === raw.text;
  if (letter === "P") return isNear(Number(value), Number(raw.text));
  if (!raw.isDouble && letter !== "R" && letter !== "F")
    return normalNumber(value) === normalNumber(raw.text);
  const left = Number(value);
  const right = Number(raw.text);
  return (
    left === right || Math.abs(left - right) <= doubleTolerance * Math.max(Math.abs(left), Math.abs(right))
  );
}

function isNear(count: number, other: number): boolean {
  return Math.abs(count - other) <= Math.max(2, approximateTolerance * other);
}

/**
 * Keys that sort equal numbers of both sides alike, however each side writes them; approximate ones count last, where
 * all else is equal.
 */
function sortKey(types: string, values: Row): string {
  const exact = values.map((value, index) => {
    const letter = types[index] ?? "";
    if (letter === "P") return undefined;
    return value === null || !numberLetters.includes(letter) ? value : Number(value).toPrecision(10);
  });
  const approximate = values.map((value, index) =>
    types[index] === "P" ? value?.padStart(20, "0") : undefined,
  );
  return JSON.stringify([...exact, ...approximate]);
}

function sortBy<T>(items: readonly T[], key: (item: T) => string): T[] {
  return items
    .map((item) => ({ item, sort: key(item) }))
    .sort((a, b) => (a.sort < b.sort ? -1 : a.sort > b.sort ? 1 : 0))
    .map(({ item }) => item);
}

async function compareWithWarehouse(
  expectation: Extract<SltExpectation, { kind: "warehouse" }>,
  answer: Answer,
  warehouse: RawTables,
): Promise<void> {
  const { types } = expectation;
  let raw = await warehouse.rows(expectation.checkSql);
  if (raw.length === 0) throw new Error("the check has no rows: it checks nothing");
  let rows = answer.rows;
  if (expectation.isSorted) {
    raw = sortBy(raw, (row) =>
      sortKey(
        types,
        row.map((value) => value.text),
      ),
    );
    rows = sortBy(rows, (row) => sortKey(types, row));
  }
  const shownRaw = raw.map((row) => showRow(row.map((value) => value.text)));
  const shown = rows.map(showRow);
  if (raw.length !== rows.length) {
    failRows(`${raw.length} rows expected, ${rows.length} came`, shownRaw, shown);
  }
  for (const [index, rawRow] of raw.entries()) {
    const row = rows[index] ?? [];
    const isSame =
      rawRow.length === row.length &&
      rawRow.every((value, column) => isEqual(types[column] ?? "", row[column] ?? null, value));
    if (!isSame) {
      failRows(
        `row ${index + 1} differs`,
        [shownRaw[index] ?? "", "---", ...shownRaw],
        [shown[index] ?? "", "---", ...shown],
      );
    }
  }
}

function areTypes(came: string, wanted: string): boolean {
  if (came.length !== wanted.length) return false;
  return [...wanted].every((letter, at) => (lettersFor[letter] ?? letter).includes(came.charAt(at)));
}

async function compareAnswer(record: SltRecord, answer: Answer, warehouse: RawTables): Promise<void> {
  const { expectation } = record;
  if (expectation.kind === "ok") return;
  if (expectation.kind === "error") {
    throw new Error(`expected error ${expectation.sqlstate}; came ${answer.rows.length} rows`);
  }
  if (!areTypes(answer.types, expectation.types)) {
    const shown = answer.rows.map(showRow);
    failRows(`expected columns ${expectation.types}, came ${answer.types}`, [], shown);
  }
  switch (expectation.kind) {
    case "rows":
      return compareLines(expectation.rows, answer, expectation.isSorted);
    case "matching":
      return comparePatterns(expectation.patterns, answer);
    case "warehouse":
      return compareWithWarehouse(expectation, answer, warehouse);
    default:
      expectation satisfies never;
  }
}

function checkError(error: unknown, record: SltRecord, log: string): void {
  if (!(error instanceof pg.DatabaseError)) throw error;
  const shown = [error.message, error.detail, error.hint].filter((part) => part !== undefined).join("\n");
  const { expectation } = record;
  if (expectation.kind !== "error" || error.code !== expectation.sqlstate) {
    const at = error.position === undefined ? "" : ` at ${error.position}`;
    const logged = error.code === "HV000" || error.code === "XX000" ? `\n${log}` : "";
    throw new Error(`came error ${error.code}${at}: ${shown}${logged}`);
  }
  if (!shown.includes(expectation.text)) {
    throw new Error(`expected in the error: ${expectation.text}\ncame: ${shown}`);
  }
}

/** Throws an Error that says what differs. Statements that change the session are sent once, all others twice. */
export async function runSltRecord(record: SltRecord, context: SltContext): Promise<void> {
  const client = await context.connection(record.user);
  const protocols =
    record.expectation.kind === "ok" || record.parameters.length > 0 ? [false] : [false, true];
  for (const isExtended of protocols) {
    const logLength = context.serverLog().length;
    let answer: Answer;
    try {
      answer = await ask(client, record, isExtended);
    } catch (error) {
      checkError(error, record, context.serverLog().slice(logLength));
      continue;
    }
    await compareAnswer(record, answer, context.warehouse);
  }
}
