// Random subqueries over a lens inside WHERE and beside FROM, correlated and not.
import type { Cell } from "./fuzz-lens.ts";
import { measureValue } from "./oracle.ts";
import { columnScalars, drawCondition } from "./random-scalars.ts";
import { drawSource } from "./random-source.ts";
import { once, type Row, type Scalar, type Source, type SourceColumn } from "./sources.ts";
import type { Statement } from "./statement.ts";

interface Inner {
  readonly source: Source;
  /** FROM ... [WHERE ...] */
  readonly sql: string;
  rows(outer: Row): readonly Row[];
}

type Place = Scalar & { readonly place: number };

function integers(columns: readonly SourceColumn[]): Place[] {
  return columnScalars({ columns }).filter(({ type }) => type === "int");
}

/** A FROM with a WHERE that may refer to the outer row. */
function drawInner(statement: Statement, outer: Source): Inner | undefined {
  const { draw } = statement;
  const allowed = statement.allowsFullJoin;
  statement.allowsFullJoin = false;
  const source = once(drawSource(statement, 1, true));
  statement.allowsFullJoin = allowed;
  const own = integers(source.columns);
  const outside = integers(outer.columns);
  if (own.length === 0 || outside.length === 0) return undefined;
  const conditions: { sql: string; holds: (row: Row, outerRow: Row) => boolean }[] = [];
  if (draw.chance(70)) {
    const one = draw.pick(own);
    const other = draw.pick(outside);
    conditions.push({
      sql: `${one.sql} = ${other.sql}`,
      holds: (row, outerRow) => one.value(row) !== null && one.value(row) === other.value(outerRow),
    });
  }
  if (draw.chance(40)) {
    const condition = drawCondition(draw, source, 0);
    conditions.push({ sql: condition.sql, holds: (row) => condition.value(row) === true });
  }
  const where = conditions.length === 0 ? "" : ` WHERE ${conditions.map(({ sql }) => sql).join(" AND ")}`;
  return {
    source,
    sql: `FROM ${source.sql}${where}`,
    rows: (outerRow) => source.rows().filter((row) => conditions.every(({ holds }) => holds(row, outerRow))),
  };
}

export function drawSubqueryCondition(statement: Statement, outer: Source): Scalar {
  const { draw } = statement;
  const inner = drawInner(statement, outer);
  if (inner === undefined) return drawCondition(draw, outer);
  const negated = draw.chance(30);
  const not = negated ? "NOT " : "";
  switch (draw.pick(["exists", "in", "measure", "measure"] as const)) {
    case "exists":
      return {
        sql: `${not}EXISTS (SELECT 1 ${inner.sql})`,
        type: "bool",
        value: (row) => inner.rows(row).length > 0 !== negated,
      };
    case "in": {
      const own = draw.pick(integers(outer.columns));
      const item = draw.pick(integers(inner.source.columns));
      return {
        sql: `${own.sql} ${not}IN (SELECT ${item.sql} ${inner.sql})`,
        type: "bool",
        value: (row) => {
          const found = among(own.value(row), inner.rows(row).map(item.value));
          return found === null ? null : found !== negated;
        },
      };
    }
    default:
      return measureCondition(statement, outer, inner);
  }
}

function among(value: Cell, list: readonly Cell[]): boolean | null {
  if (list.length === 0) return false;
  if (value === null) return null;
  if (list.includes(value)) return true;
  return list.includes(null) ? null : false;
}

/** A column against a measure of the subquery's rows. */
function measureCondition(statement: Statement, outer: Source, inner: Inner): Scalar {
  const { draw, lens } = statement;
  const measures = exactMeasures(inner.source);
  if (measures.length === 0) return drawCondition(draw, outer);
  const { column, use } = draw.pick(measures);
  const own = draw.pick(integers(outer.columns));
  return {
    sql: `${own.sql} <= (SELECT MEASURE(${column.sql}) ${inner.sql})`,
    type: "bool",
    value: (row) => {
      const left = own.value(row);
      const right = measureValue({ lens, source: inner.source, rows: inner.rows(row), isTotal: true }, use);
      return left === null || right === null ? null : Number(left) <= Number(right);
    },
  };
}

function exactMeasures(source: Source) {
  return source.columns.flatMap((column) =>
    column.measure !== undefined &&
    column.type === "int" &&
    !["ax", "r4"].includes(column.measure.measure.name)
      ? [{ column, use: column.measure }]
      : [],
  );
}

/** `outer CROSS JOIN LATERAL (SELECT MEASURE(m), COUNT(*) FROM ... WHERE correlated)`: one row per row of outer. */
export function drawLateral(statement: Statement, outer: Source): Source {
  const { draw, lens } = statement;
  const inner = drawInner(statement, outer);
  const measures = inner === undefined ? [] : exactMeasures(inner.source);
  if (inner === undefined || measures.length === 0) return outer;
  const { column, use } = draw.pick(measures);
  const alias = statement.alias();
  const made = (name: string): SourceColumn => ({
    sql: `${alias}.${name}`,
    name,
    type: "int",
    measure: undefined,
    origin: undefined,
  });
  return {
    ...outer,
    sql: `${outer.sql} CROSS JOIN LATERAL (SELECT MEASURE(${column.sql}) AS m, COUNT(*) AS n ${inner.sql}) AS ${alias}`,
    columns: [...outer.columns, made("m"), made("n")],
    oneFrom: false,
    relations: false,
    rows: () =>
      outer.rows().map((row) => {
        const rows = inner.rows(row);
        return {
          at: row.at,
          values: [
            ...row.values,
            measureValue({ lens, source: inner.source, rows, isTotal: true }, use),
            rows.length,
          ],
        };
      }),
  };
}
