// FROM: entries and joins. What is not a secured scan, a CTE in scope, VALUES, a subquery or an offered
// set-returning function is refused here, whatever produced the tree.
import { assert, unreachable } from "../errors.ts";
import { setFunctionId } from "../query/offered-functions.ts";
import type { FromItem, FunctionEntry, JoinItem, RangeTableEntry } from "../query/query.ts";
import { scanOutputNames } from "./names.ts";
import { callOf, notOfferedFunction } from "./print-call.ts";
import type { Printer } from "./printer.ts";

export function printFrom(printer: Printer, item: FromItem): string {
  return item.kind === "entry" ? printEntry(printer, item.entry) : printJoin(printer, item);
}

const joinWords = { inner: "JOIN", left: "LEFT JOIN", right: "RIGHT JOIN", full: "FULL JOIN" } as const;

function printJoin(printer: Printer, join: JoinItem): string {
  const left = printFrom(printer, join.left);
  const right = printFrom(printer, join.right);
  const nested = join.right.kind === "join" ? `(${right})` : right;
  if (join.on === undefined) {
    // Only an inner join may have no condition; an outer one keeps its unmatched rows.
    return join.type === "inner"
      ? `${left} CROSS JOIN ${nested}`
      : `${left} ${joinWords[join.type]} ${nested} ON TRUE`;
  }
  return `${left} ${joinWords[join.type]} ${nested} ON ${printer.bare(join.on)}`;
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
      return `${lateral}(${printSetFunction(printer, entry)}) AS ${alias}`;
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

/** A SELECT that yields the rows of one set-returning function in the column c1. */
function printSetFunction(printer: Printer, entry: FunctionEntry): string {
  const [item, ...more] = entry.functions;
  assert(item !== undefined, "a function entry has a function");
  const call = item.call;
  if (more.length > 0) return printer.refuse("ROWS FROM with several functions", call.location);
  if (entry.ordinality) return printer.refuse("WITH ORDINALITY", call.location);
  if (call.kind !== "FuncExpr" || !call.returnsSet) {
    return `SELECT ${printer.bare(call)} AS c1`;
  }
  const id = setFunctionId(call.function);
  if (id === undefined) throw notOfferedFunction(call.function, call.location);
  const rendering = printer.dialect.setFunctions[id];
  if (typeof rendering !== "function") return printer.refuse(rendering.refused, call.location);
  return rendering(callOf(printer, call.args, call.type, call.location), "c1");
}
