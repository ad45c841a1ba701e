// The members of a random table: how the model spells them, and what they mean for a reader.
import type { Cell, ColumnType, DataRow, FuzzDimension, FuzzSegment, FuzzTable } from "./fuzz-lens.ts";
import { makeMeasures } from "./lens-measures.ts";
import { type Follow, followOf, type LensSpec, type TableSpec, targetOf } from "./lens-spec.ts";
import { type SubQuery, subQueryOf } from "./lens-sub-query.ts";
import { maskedValue, type Sight } from "./sight.ts";

export function makeTable(table: TableSpec, spec: LensSpec, sight: Sight): FuzzTable {
  const follow = followOf(table.through ?? [], spec, (name, row) => sight.sees(name, row));
  const subQuery = subQueryOf(table, spec, sight);
  return {
    name: table.name,
    primaryKey: table.primaryKey,
    keyIsVisible: table.primaryKey.every((column) => sight.memberMask(table.name, column) === undefined),
    columns: columnsOf(table),
    dimensions: [
      ...makeDimensions(table, sight, follow),
      ...subQueryDimensions(table, spec, sight, follow, subQuery),
    ],
    measures: makeMeasures(table, sight, follow, subQuery),
    segments: makeSegments(table, sight, follow, subQuery),
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
  const caseYaml = `case: {when: [{sql: "{g} = 'p'", label: P}, {sql: "{TABLE}.x > 1", label: "it's big"}], else: {label: rest}}`;
  const caseValue: ValueOf = (row) => {
    if (row["g"] === "p") return "P";
    return row["x"] != null && Number(row["x"]) > 1 ? "it's big" : "rest";
  };
  const made = [
    { ...dimension("kc", "text", "", caseValue), yaml: caseYaml },
    dimension("gx", "text", "coalesce({g}, '-')", (row) => row["g"] ?? "-"),
    dimension("hx", "int", "{TABLE}.h + 1", (row) => (row["h"] == null ? null : Number(row["h"]) + 1)),
    dimension("sm", "text", "'<' || {TABLE}.s || '>'", (row) => `<${row["s"]}>`),
  ];
  if (target !== undefined)
    made.push(dimension("og", "text", `{${target}.g}`, (_, far) => far?.["g"] ?? null));
  return [...plain, ...made];
}

/** The sub-query dimension "q", what is computed from it, and a proxy of another table's. */
function subQueryDimensions(
  table: TableSpec,
  spec: LensSpec,
  sight: Sight,
  follow: Follow,
  subQuery: SubQuery | undefined,
): FuzzDimension[] {
  const made: FuzzDimension[] = [];
  if (subQuery !== undefined) {
    const { value, yaml } = subQuery;
    const cases = `[{sql: "{q} > 1", label: "q's many"}, {sql: "{g} = 'p'", label: p}]`;
    made.push(
      { name: "q", type: "int", sql: "", column: undefined, yaml, value },
      {
        name: "qx",
        type: "int",
        sql: "coalesce({q}, -7) + 1",
        column: undefined,
        value: (row) => Number(value(row) ?? -7) + 1,
      },
      {
        name: "qc",
        type: "text",
        sql: "",
        column: undefined,
        yaml: `case: {when: ${cases}}`,
        value: (row) => {
          const q = value(row);
          if (q !== null && Number(q) > 1) return "q's many";
          return sight.masked(table.name, row)["g"] === "p" ? "p" : null;
        },
      },
    );
  }
  const target = spec.tables.find(({ name }) => name === targetOf(table));
  const far = target && subQueryOf(target, spec, sight);
  if (target === undefined || far === undefined) return made;
  const proxy: FuzzDimension = {
    name: "oq",
    type: "int",
    sql: `{${target.name}.q}`,
    column: undefined,
    value: (row) => {
      const other = follow(row);
      return other === undefined ? null : far.value(other);
    },
  };
  return [...made, proxy];
}

function makeSegments(
  table: TableSpec,
  sight: Sight,
  follow: Follow,
  subQuery: SubQuery | undefined,
): FuzzSegment[] {
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
  if (subQuery !== undefined)
    segments.push({ name: "qs", sql: "{q} = 1", value: (row) => equals(subQuery.value(row), 1) });
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
