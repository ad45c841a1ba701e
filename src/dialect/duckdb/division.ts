// Division and remainder: a division by zero ends the statement, as PostgreSQL does.
import { oids } from "../../query/type-oids.ts";
import type { Call } from "../dialect.ts";
import { argument, raisingWhen } from "./arguments.ts";
import { numericForm } from "./numeric-form.ts";

const integerNames = new Map<number, string>([
  [oids.int2, "SMALLINT"],
  [oids.int4, "INTEGER"],
  [oids.int8, "BIGINT"],
]);

/**
 * Whole numbers in the type of the result: beside a SMALLINT DuckDB reads a literal as one too, and the sum of both
 * would overflow where PostgreSQL's integer does not.
 */
export function wide(call: Call): readonly string[] {
  const name = integerNames.get(call.type);
  return call.args.map((text, index) =>
    name !== undefined && call.types[index] === oids.int2 && call.type !== oids.int2
      ? `CAST(${text} AS ${name})`
      : text,
  );
}

function nonZeroConstant(call: Call): boolean {
  const node = call.nodes[1];
  return node?.kind === "Const" && node.value !== null && Number(node.value) !== 0;
}

/** DuckDB yields NULL or infinity for a division by zero; PostgreSQL ends the statement. */
function unlessZero(call: Call, divisor: string, quotient: string): string {
  if (nonZeroConstant(call)) return quotient;
  return raisingWhen(call, `${divisor} = 0`, "division_by_zero", quotient);
}

export function divideInteger(call: Call): string {
  const [dividend, divisor] = wide(call);
  return unlessZero(call, argument(call, 1), `(${dividend} // ${divisor})`);
}

export function moduloInteger(call: Call): string {
  const [dividend, divisor] = wide(call);
  const remainder = `(${dividend} % ${divisor})`;
  if (nonZeroConstant(call) && Number((call.nodes[1] as { value?: unknown }).value) !== -1) return remainder;
  // The smallest integer by -1 leaves nothing; DuckDB fails on the quotient.
  const safe = `CASE WHEN ${divisor} = -1 THEN ${dividend} * 0 ELSE ${remainder} END`;
  return unlessZero(call, argument(call, 1), safe);
}

/** Differs from PostgreSQL: computed in double precision, exact to 15 significant digits. */
export function divideNumeric(call: Call): string {
  const sides = call.nodes.map((node, index) => {
    const text = argument(call, index);
    return numericForm(node, call.sources) === "double" ? text : `CAST(${text} AS DOUBLE)`;
  });
  return unlessZero(call, argument(call, 1), `(${sides[0]} / ${sides[1]})`);
}

export function moduloNumeric(call: Call): string {
  if (call.nodes.some((node) => numericForm(node, call.sources) === "double")) {
    call.refuse(
      "the remainder of a quotient or average",
      call.location,
      "Cast both sides to numeric(38,n) with the digits that are needed.",
    );
  }
  return unlessZero(call, argument(call, 1), `(${argument(call, 0)} % ${argument(call, 1)})`);
}
