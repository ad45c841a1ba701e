// Random expressions and conditions over the dimensions of a FROM, with PostgreSQL's three-valued logic.
import type { Draw } from "./draw.ts";
import type { Cell } from "./fuzz-lens.ts";
import { literal } from "./lens-text.ts";
import type { Row, Scalar, Source } from "./sources.ts";

/** The columns that are no measures, each as an expression. */
export function columnScalars(source: Pick<Source, "columns">): (Scalar & { readonly place: number })[] {
  return source.columns.flatMap((column, place) =>
    column.measure === undefined
      ? [{ sql: column.sql, type: column.type, place, value: (row: Row) => row.values[place] ?? null }]
      : [],
  );
}

/** A column. */
export function drawColumn(draw: Draw, source: Pick<Source, "columns">, type?: Scalar["type"]): Scalar {
  const candidates = columnScalars(source).filter((scalar) => type === undefined || scalar.type === type);
  const scalar = draw.pick(candidates);
  return scalar;
}

export function hasColumn(source: Pick<Source, "columns">, type?: Scalar["type"]): boolean {
  return columnScalars(source).some((scalar) => type === undefined || scalar.type === type);
}

export function drawScalar(draw: Draw, source: Pick<Source, "columns">): Scalar {
  const column = drawColumn(draw, source);
  if (column.type === "int") return draw.pick(intForms)(column);
  return column.type === "text" ? draw.pick(textForms)(column) : column;
}

const same = (scalar: Scalar): Scalar => scalar;

const intForms: readonly ((scalar: Scalar) => Scalar)[] = [
  same,
  same,
  ({ sql, value }) => ({
    sql: `COALESCE(${sql}, -1)`,
    type: "int",
    value: (row) => value(row) ?? -1,
  }),
  ({ sql, value }) => ({
    sql: `${sql} + 1`,
    type: "int",
    value: (row) => strict(value(row), (inner) => Number(inner) + 1),
  }),
  ({ sql, value }) => ({
    sql: `CASE WHEN ${sql} > 1 THEN 'big' ELSE 'small' END`,
    type: "text",
    value: (row) => (Number(value(row) ?? 0) > 1 ? "big" : "small"),
  }),
];

const textForms: readonly ((scalar: Scalar) => Scalar)[] = [
  same,
  same,
  ({ sql, value }) => ({ sql: `COALESCE(${sql}, 'z')`, type: "text", value: (row) => value(row) ?? "z" }),
  ({ sql, value }) => ({
    sql: `${sql} || 'k'`,
    type: "text",
    value: (row) => strict(value(row), (inner) => `${inner}k`),
  }),
  ({ sql, value }) => ({
    sql: `UPPER(${sql})`,
    type: "text",
    value: (row) => strict(value(row), (inner) => String(inner).toUpperCase()),
  }),
];

function strict(value: Cell, apply: (value: Exclude<Cell, null>) => Cell): Cell {
  return value === null ? null : apply(value);
}

export function drawCondition(draw: Draw, source: Pick<Source, "columns">, depth = 1): Scalar {
  if (depth > 0 && draw.chance(30)) return drawCompound(draw, source, depth);
  const column = drawColumn(draw, source);
  if (draw.chance(15)) {
    const negated = draw.chance(50);
    return {
      sql: `${column.sql} IS ${negated ? "NOT " : ""}NULL`,
      type: "bool",
      value: (row) => (column.value(row) === null) !== negated,
    };
  }
  if (column.type === "bool") return draw.chance(50) ? isTrue(column) : column;
  return column.type === "int"
    ? drawComparison(draw, column, [1, 2, 0, 5])
    : drawComparison(draw, column, ["p", "q", "--redact--"]);
}

function isTrue(scalar: Scalar): Scalar {
  return { sql: `${scalar.sql} IS TRUE`, type: "bool", value: (row) => scalar.value(row) === true };
}

const comparisons: readonly (readonly [string, (left: Cell, right: Cell) => boolean])[] = [
  ["=", (left, right) => left === right],
  ["<>", (left, right) => left !== right],
  [">", (left, right) => (left as number) > (right as number)],
  ["<=", (left, right) => (left as number) <= (right as number)],
];

function drawComparison(draw: Draw, column: Scalar, constants: readonly Cell[]): Scalar {
  if (draw.chance(20)) {
    const list = draw.some(constants, 50);
    const items = list.length === 0 ? constants : list;
    return {
      sql: `${column.sql} IN (${items.map(literal).join(", ")})`,
      type: "bool",
      value: (row) => strict(column.value(row), (value) => items.includes(value)),
    };
  }
  const [operator, holds] = draw.pick(comparisons);
  const constant = draw.pick(constants);
  return {
    sql: `${column.sql} ${operator} ${literal(constant)}`,
    type: "bool",
    value: (row) => strict(column.value(row), (value) => holds(value, constant)),
  };
}

function drawCompound(draw: Draw, source: Pick<Source, "columns">, depth: number): Scalar {
  const left = drawCondition(draw, source, depth - 1);
  if (draw.chance(25))
    return {
      sql: `(NOT (${left.sql}))`,
      type: "bool",
      value: (row) => strict(left.value(row), (value) => value !== true),
    };
  const right = drawCondition(draw, source, depth - 1);
  const deciding = draw.chance(50);
  return {
    sql: `(${left.sql} ${deciding ? "OR" : "AND"} ${right.sql})`,
    type: "bool",
    value: (row) => {
      const both = [left.value(row), right.value(row)];
      if (both.includes(deciding)) return deciding;
      return both.includes(null) ? null : !deciding;
    },
  };
}
