// Compares an expression in PostgreSQL and in a warehouse over the product of its arguments' edge values.
import { edges, typed } from "./edge-values.ts";
import type { EngineName, Oracle } from "./oracle.ts";
import type { Outcome } from "./postgres-server.ts";

export interface Case {
  /** Over columns a, b, c ... */
  readonly expression: string;
  /** Types of the columns. */
  readonly types: readonly string[];
  /** Literals in place of the edge values of the types, argument by argument. */
  readonly values?: readonly (readonly (string | null)[] | undefined)[];
  /** Computed in double precision: equal to 14 significant digits. */
  readonly approximate?: boolean;
  /** The engine may refuse it, as a whole or for some constants. */
  readonly refusable?: boolean;
  /** Rows of the product that are tried, where a few will do. */
  readonly rowsMax?: number;
}

function isRefused(test: Case, found: Outcome): boolean {
  return test.refusable === true && found.kind === "error" && found.sqlstate === "0A000";
}

/** What the arguments of a case are called. */
export const columnNames = ["a", "b", "c", "d", "e", "f", "g"] as const;

/** Rows of one statement in which all are right; errors are then looked at one by one. */
const differencesMax = 5;

/** Rows per case, spread over the product of the values. */
const rowsMax = 400;

export async function differencesOf(
  oracle: Oracle,
  engine: EngineName,
  test: Case,
): Promise<readonly string[]> {
  const rows = product(test);
  const together = await oracle.postgres(statement(test, rows));
  if (together.kind === "rows") {
    const found = await oracle.warehouse(engine, statement(test, rows));
    if (isRefused(test, found)) return constants(oracle, engine, test, rows);
    return found.kind === "error"
      ? [`${test.expression}: ${found.sqlstate} ${found.message}`]
      : [...compareRows(test, rows, together, found), ...(await constants(oracle, engine, test, rows))];
  }
  const good: string[][] = [];
  const differences: string[] = [];
  for (const row of rows) {
    const wanted = await oracle.postgres(statement(test, [row]));
    if (wanted.kind === "rows") good.push([...row]);
    else if (differences.length < differencesMax) {
      const found = await oracle.warehouse(engine, statement(test, [row]));
      if (isRefused(test, found)) continue;
      if (found.kind === "rows" || found.sqlstate.slice(0, 2) !== wanted.sqlstate.slice(0, 2)) {
        differences.push(`${test.expression} of ${row.join(", ")}: ${show(wanted)} but ${show(found)}`);
      }
    }
  }
  if (good.length > 0) differences.push(...(await differencesOfGood(oracle, engine, test, good)));
  return differences;
}

async function differencesOfGood(
  oracle: Oracle,
  engine: EngineName,
  test: Case,
  rows: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const wanted = await oracle.postgres(statement(test, rows));
  const found = await oracle.warehouse(engine, statement(test, rows));
  if (isRefused(test, found)) return constants(oracle, engine, test, rows);
  // Rows that are right one by one may fail together: an aggregate's.
  if (wanted.kind === "error" && sameOutcome(wanted, found, test)) return [];
  if (found.kind === "error") return [`${test.expression}: ${show(wanted).slice(0, 100)} but ${show(found)}`];
  return [...compareRows(test, rows, wanted, found), ...(await constants(oracle, engine, test, rows))];
}

/** The same over constants in the expression itself, for a few rows. */
async function constants(
  oracle: Oracle,
  engine: EngineName,
  test: Case,
  rows: readonly (readonly string[])[],
): Promise<readonly string[]> {
  const differences: string[] = [];
  const step = Math.max(1, Math.floor(rows.length / 3));
  for (let at = 0; at < rows.length; at += step) {
    const row = rows[at] ?? [];
    const sql = `select ${withLiterals(test.expression, row)}`;
    const wanted = await oracle.postgres(sql);
    const found = await oracle.warehouse(engine, sql);
    if (!isRefused(test, found) && !sameOutcome(wanted, found, test))
      differences.push(`${sql}: ${show(wanted)} but ${show(found)}`);
  }
  return differences;
}

/** The expression with literals in the place of a, b and c, but for those inside quotes. */
function withLiterals(expression: string, row: readonly string[]): string {
  return expression
    .split("'")
    .map((part, index) =>
      index % 2 === 1
        ? part
        : part.replace(
            /\b([a-g])\b/g,
            (name) => `(${row[(columnNames as readonly string[]).indexOf(name)] ?? name})`,
          ),
    )
    .join("'");
}

function product(test: Case): readonly (readonly string[])[] {
  let rows: string[][] = [[]];
  test.types.forEach((type, index) => {
    const values = test.values?.[index] ?? edges[type];
    if (values === undefined) throw new Error(`no edge values of ${type}`);
    rows = rows.flatMap((row) => values.map((value) => [...row, typed(type, value)]));
  });
  const most = test.rowsMax ?? rowsMax;
  if (rows.length <= most) return rows;
  const step = rows.length / most;
  return Array.from({ length: most }, (_, index) => rows[Math.floor(index * step)] ?? []);
}

function statement(test: Case, rows: readonly (readonly string[])[]): string {
  if (test.types.length === 0) return `select ${test.expression}`;
  const names = columnNames.slice(0, test.types.length).join(", ");
  return `select ${test.expression} from (values ${rows.map((row) => `(${row.join(", ")})`).join(", ")}) v(${names})`;
}

function compareRows(
  test: Case,
  rows: readonly (readonly string[])[],
  wanted: Outcome,
  found: Outcome,
): string[] {
  if (wanted.kind === "error" || found.kind === "error")
    return [`${test.expression}: ${show(wanted)} but ${show(found)}`];
  if (!sameTypes(wanted, found)) {
    return [`${test.expression}: types ${wanted.types?.join("|")} but ${found.types?.join("|")}`];
  }
  if (wanted.rows.length !== found.rows.length) {
    return [`${test.expression}: ${wanted.rows.length} rows but ${found.rows.length}`];
  }
  const differences: string[] = [];
  wanted.rows.forEach((row, index) => {
    const other = found.rows[index] ?? [];
    if (row.every((value, column) => sameText(value, other[column] ?? null, test))) return;
    differences.push(
      `${test.expression} of ${rows[index]?.join(", ")}: ${row.join("|")} but ${other.join("|")}`,
    );
  });
  return differences.slice(0, differencesMax);
}

export function sameOutcome(
  wanted: Outcome,
  found: Outcome,
  test: { readonly approximate?: boolean },
): boolean {
  if (wanted.kind === "error" || found.kind === "error") {
    return (
      wanted.kind === "error" &&
      found.kind === "error" &&
      wanted.sqlstate.slice(0, 2) === found.sqlstate.slice(0, 2)
    );
  }
  return (
    sameTypes(wanted, found) &&
    wanted.rows.length === found.rows.length &&
    wanted.rows.every((row, index) =>
      row.every((value, column) => sameText(value, found.rows[index]?.[column] ?? null, test)),
    )
  );
}

/** Types of columns are compared where the engine tells them as PostgreSQL does. */
function sameTypes(
  wanted: Extract<Outcome, { kind: "rows" }>,
  found: Extract<Outcome, { kind: "rows" }>,
): boolean {
  return found.types === undefined || found.types.join() === wanted.types?.join();
}

const decimal = /^-?\d+(\.\d+)?$/;

/** Equal texts; numbers may differ in zeros at the end, because a DuckDB column has one scale. */
function sameText(
  wanted: string | null,
  found: string | null,
  test: { readonly approximate?: boolean },
): boolean {
  if (wanted === found) return true;
  if (wanted === null || found === null) return false;
  if (decimal.test(wanted) && decimal.test(found) && trimZeros(wanted) === trimZeros(found)) return true;
  if (test.approximate !== true) return false;
  const [a, b] = [Number(wanted), Number(found)];
  return (
    Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-14 * Math.max(Math.abs(a), Math.abs(b))
  );
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

function show(outcome: Outcome): string {
  if (outcome.kind === "error") return `${outcome.sqlstate} ${outcome.message.slice(0, 900)}`;
  return outcome.rows.map((row) => row.map((value) => value ?? "NULL").join("|")).join(" ; ");
}
