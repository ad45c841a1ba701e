// The members of a random table: how the model spells them, and what they mean for a reader.
import type { Cell, ColumnType, DataRow, FuzzDimension, FuzzSegment, FuzzTable } from "./fuzz-lens.ts";
import { makeMeasures } from "./lens-measures.ts";
import { type Follow, followOf, type LensSpec, type TableSpec, targetOf } from "./lens-spec.ts";
import { maskedValue, type Sight } from "./sight.ts";

export function makeTable(table: TableSpec, spec: LensSpec, sight: Sight): FuzzTable {
  const follow = followOf(table.through ?? [], spec, (name, row) => sight.sees(name, row));
  return {
    name: table.name,
    primaryKey: table.primaryKey,
    keyIsVisible: table.primaryKey.every((column) => sight.memberMask(table.name, column) === undefined),
    columns: columnsOf(table),
    dimensions: makeDimensions(table, sight, follow),
    measures: makeMeasures(table, sight, follow),
    segments: makeSegments(table, sight, follow),
    rows: table.rows.filter((row) => sight.sees(table.name, row)),
  };
}

export function columnsOf(table: TableSpec): { readonly name: string; readonly type: ColumnType }[] {
  const int = (name: string) => ({ name, type: "int" as const });
  const text = (name: string) => ({ name, type: "text" as const });
  return [
    ...table.keyColumns.map(int),
    ...table.foreign.map(int),
    int("x"),
    int("h"),
    text("g"),
    text("w"),
    text("s"),
  ];
}

type ValueOf = (row: DataRow, far: DataRow | undefined) => Cell;

function makeDimensions(table: TableSpec, sight: Sight, follow: Follow): FuzzDimension[] {
  const { name: owner } = table;
  const target = targetOf(table);
  const dimension = (
    name: string,
    type: ColumnType,
    sql: string,
    value: ValueOf,
    column?: string,
  ): FuzzDimension => {
    const mask = column === undefined ? sight.memberMask(owner, name) : undefined;
    return {
      name,
      type,
      sql,
      column,
      value: (row) => {
        const far = target === undefined ? undefined : follow(row);
        // A masked expression is computed from what is there, then masked.
        if (mask !== undefined) return maskedValue(mask, type, value(row, far));
        return value(sight.masked(owner, row), far && sight.masked(target ?? "", far));
      },
    };
  };
  const plain = columnsOf(table)
    .filter((column) => column.name !== "s")
    .map(({ name, type }) => dimension(name, type, `{TABLE}.${name}`, (row) => row[name] ?? null, name));
  const made = [
    dimension("gx", "text", "coalesce({g}, '-')", (row) => row["g"] ?? "-"),
    dimension("hx", "int", "{TABLE}.h + 1", (row) => (row["h"] == null ? null : Number(row["h"]) + 1)),
    dimension("sm", "text", "'<' || {TABLE}.s || '>'", (row) => `<${row["s"]}>`),
  ];
  if (target !== undefined)
    made.push(dimension("og", "text", `{${target}.g}`, (_, far) => far?.["g"] ?? null));
  return [...plain, ...made];
}

function makeSegments(table: TableSpec, sight: Sight, follow: Follow): FuzzSegment[] {
  const target = targetOf(table);
  const segment = (
    name: string,
    sql: string,
    holds: (row: DataRow, far: DataRow | undefined) => boolean | null,
  ): FuzzSegment => ({
    name,
    sql,
    value: (row) => {
      const far = target === undefined ? undefined : follow(row);
      return holds(sight.masked(table.name, row), far && sight.masked(target ?? "", far));
    },
  });
  const segments = [
    segment("seg", "{TABLE}.h = 1 or {g} = 'q'", (row) => or(equals(row["h"], 1), equals(row["g"], "q"))),
    segment("h1", "{TABLE}.h = 1", (row) => equals(row["h"], 1)),
  ];
  if (target === undefined) return segments;
  return [
    ...segments,
    segment("oseg", `{${target}.h} = 1 or {TABLE}.h = 2`, (row, far) =>
      or(equals(far?.["h"], 1), equals(row["h"], 2)),
    ),
    segment("oh", `{${target}.h} = 1`, (_, far) => equals(far?.["h"], 1)),
  ];
}

function equals(left: Cell | undefined, right: Cell): boolean | null {
  return left == null || right === null ? null : left === right;
}

function or(left: boolean | null, right: boolean | null): boolean | null {
  if (left === true || right === true) return true;
  return left === null || right === null ? null : false;
}
