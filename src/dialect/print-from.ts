// FROM: entries and joins. What is not a secured scan, a CTE in scope, VALUES, a subquery or an offered
// set-returning function is refused here, whatever produced the tree.
import { assert, unreachable } from "../errors.ts";
import { setFunctionId } from "../query/offered-functions.ts";
import type { Expression, FromItem, FunctionEntry, JoinItem, RangeTableEntry } from "../query/query.ts";
import { checkOuterJoin } from "./check-outer-join.ts";
import { scanOutputNames } from "./names.ts";
import { callOf, checkServerHas, notOfferedFunction } from "./print-call.ts";
import type { Printer } from "./printer.ts";

export function printFrom(printer: Printer, item: FromItem): string {
  return item.kind === "entry" ? printEntry(printer, item.entry) : printJoin(printer, item);
}

const joinWords = { inner: "JOIN", left: "LEFT JOIN", right: "RIGHT JOIN", full: "FULL JOIN" } as const;

function printJoin(printer: Printer, join: JoinItem): string {
  if (!printer.dialect.has.anyOuterJoin) checkOuterJoin(printer, join);
  const left = printFrom(printer, join.left);
  const right = printFrom(printer, join.right);
  const nested = join.right.kind === "join" ? `(${right})` : right;
  if (join.on === undefined) {
    // Only an inner join may have no condition; an outer one keeps its unmatched rows.
    return join.type === "inner"
      ? `${left}\nCROSS JOIN ${nested}`
      : `${left}\n${joinWords[join.type]} ${nested} ON TRUE`;
  }
  return `${left}\n${joinWords[join.type]} ${nested} ON ${printer.bare(join.on)}`;
}

function printEntry(printer: Printer, entry: RangeTableEntry): string {
  const alias = printer.quote(printer.names.alias(entry.id));
  const lateral = entry.lateral ? "LATERAL " : "";
  switch (entry.kind) {
    case "securedScan":
      return `(${printer.scan(entry.scan, scanOutputNames(entry), entry.columns)}) AS ${alias}`;
    case "subquery":
      return `${lateral}(${printer.query(entry.query)}) AS ${alias}`;
    case "cte":
      assert(printer.names.cteQuery(entry.cte) !== undefined, "a CTE reference has its CTE in scope");
      return `${printer.names.cte(entry.cte)} AS ${alias}`;
    case "values": {
      const rows = entry.rows.map((row) => `(${row.map((cell) => printer.bare(cell)).join(", ")})`);
      return `(VALUES ${rows.join(", ")}) AS ${alias}(${columnList(entry)})`;
    }
    case "function":
      return (
        printer.dialect.functionEntry?.(printer, entry, alias) ??
        `${lateral}(${printSetFunctions(printer, entry)}) AS ${alias}`
      );
    case "relation":
    case "lensScan":
      throw new TypeError(`assertion failed: the plan holds the unsecured relation "${entry.name}"`);
    default:
      return unreachable(entry);
  }
}

function columnList(entry: RangeTableEntry): string {
  return entry.columns.map((_, index) => `c${index + 1}`).join(", ");
}

/** A SELECT that yields the functions' rows side by side, in the columns c1, c2 ... */
function printSetFunctions(printer: Printer, entry: FunctionEntry): string {
  const functions = entry.functions.map(({ call }) => setFunctionOf(printer, call));
  const [first] = functions;
  assert(first !== undefined, "a function entry has a function");
  if (functions.length === 1 && !entry.ordinality) {
    return first.select?.("c1") ?? `SELECT ${first.rows} AS c1`;
  }
  const columns = functions.map(({ rows }, index) => `${rows} AS c${index + 1}`);
  if (entry.ordinality) {
    const counts = functions.map(({ count }) => count);
    const longest = counts.length === 1 ? counts[0] : `GREATEST(${counts.join(", ")})`;
    columns.push(`${printer.dialect.numbersTo(longest ?? "0")} AS c${functions.length + 1}`);
  }
  return `SELECT ${columns.join(", ")}`;
}

interface PrintedSetFunction {
  readonly rows: string;
  readonly count: string;
  select?(column: string): string | undefined;
}

function setFunctionOf(printer: Printer, call: Expression): PrintedSetFunction {
  if (call.kind !== "FuncExpr" || !call.returnsSet) return { rows: printer.bare(call), count: "1" };
  const id = setFunctionId(call.function);
  if (id === undefined) throw notOfferedFunction(call.function, call.location);
  checkServerHas(printer, call.function, call.location);
  const rendering = printer.dialect.setFunctions[id];
  const printed = callOf(printer, call.args, call.type, call.location);
  return {
    rows: rendering.rows(printed),
    count: rendering.count(printed),
    select: (column) => rendering.select?.(printed, column),
  };
}
