// Random explicit joins: on the conditions of the model's joins, in every spelling, and on others.
import type { Cell, FuzzJoin } from "./fuzz-lens.ts";
import { columnScalars, drawCondition } from "./random-scalars.ts";
import {
  type Both,
  type JoinType,
  joinSource,
  once,
  type Row,
  type Scalar,
  type Source,
  type SourceColumn,
} from "./sources.ts";
import type { Statement } from "./statement.ts";

function drawJoinType(statement: Statement): JoinType {
  return statement.draw.pick([
    "left",
    "inner",
    "right",
    ...(statement.allowsFullJoin ? ["full" as const] : []),
  ] as const);
}

/** M6: `left` joined to a table on the condition of one of the model's joins; undefined where none is in reach. */
export function edgeJoin(
  statement: Statement,
  left: Source,
  tableOf: (join: FuzzJoin, forwards: boolean) => Source,
): Source | undefined {
  const { draw, lens } = statement;
  const places = left.instances.flatMap((instance, place) =>
    lens.joins.flatMap((join) => {
      // A condition of more than equalities of keys is none that a client's could be.
      if (join.only !== undefined) return [];
      const forwards = join.from === instance.table.name;
      if (!forwards && join.to !== instance.table.name) return [];
      const pairs = join.on.map(([own, other]) =>
        forwards ? ([own, other] as const) : ([other, own] as const),
      );
      const columns = pairs.map(([own]) => originColumn(left.columns, place, own));
      return columns.includes(-1)
        ? []
        : [{ place, join, forwards, columns, others: pairs.map(([, other]) => other) }];
    }),
  );
  if (places.length === 0) return undefined;
  const { place, join, forwards, columns, others } = draw.pick(places);
  const right = tableOf(join, forwards);
  const targets = others.map((column) => originColumn(right.columns, 0, column));
  if (targets.includes(-1)) return undefined;
  const swapped = draw.chance(50);
  const type = drawJoinType(statement);
  const further = type !== "full" && draw.chance(20);
  const spell = draw.pick(spellings);
  const on = ({ columns: both, leftCount }: Both): Scalar => {
    const equalities = columns.map((one, index) => {
      const other = leftCount + (targets[index] ?? 0);
      return swapped ? keyEquality(both, other, one, spell) : keyEquality(both, one, other, spell);
    });
    const extra = further ? [drawCondition(draw, { columns: both }, 0)] : [];
    return all(draw.chance(20) ? [...extra, ...equalities] : [...equalities, ...extra]);
  };
  return once(
    draw.chance(50)
      ? joinSource(type, left, right, on, [place, left.instances.length])
      : joinSource(type, right, left, flipped(left, right, on), [0, right.instances.length + place]),
  );
}

/** The same condition where the sides are written the other way round. */
function flipped(left: Source, right: Source, on: (both: Both) => Scalar): (both: Both) => Scalar {
  return ({ columns }) => {
    const count = right.columns.length;
    const turned = [...columns.slice(count), ...columns.slice(0, count)];
    const made = on({ columns: turned, leftCount: left.columns.length });
    return {
      ...made,
      value: (row) =>
        made.value({ ...row, values: [...row.values.slice(count), ...row.values.slice(0, count)] }),
    };
  };
}

function originColumn(columns: readonly SourceColumn[], instance: number, column: string): number {
  return columns.findIndex(
    (candidate) => candidate.origin?.instance === instance && candidate.origin.column === column,
  );
}

type Spelling = (one: string, other: string) => string;

/** An equality of integers, with casts of no effect. */
const spellings: readonly Spelling[] = [
  (one, other) => `${one} = ${other}`,
  (one, other) => `${one} = ${other}`,
  (one, other) => `(${one}) = (${other})`,
  (one, other) => `CAST(${one} AS bigint) = ${other}`,
  (one, other) => `${one}::bigint = ${other}::bigint`,
  (one, other) => `${one} = ${other}::numeric`,
];

function equality(
  columns: readonly SourceColumn[],
  one: number,
  other: number,
  spell: Spelling = (left, right) => `${left} = ${right}`,
): Scalar {
  return {
    sql: spell(columns[one]?.sql ?? "", columns[other]?.sql ?? ""),
    type: "bool",
    value: (row) => {
      const [left, right] = [row.values[one] ?? null, row.values[other] ?? null];
      return left === null || right === null ? null : left === right;
    },
  };
}

/** An equality that the model knows: over what the keys are, whatever the reader sees of them. */
function keyEquality(columns: readonly SourceColumn[], one: number, other: number, spell: Spelling): Scalar {
  const raw = (row: Row, place: number): Cell => {
    const origin = columns[place]?.origin;
    return (origin && row.at[origin.instance]?.[origin.column]) ?? null;
  };
  return {
    ...equality(columns, one, other, spell),
    value: (row) => {
      const [left, right] = [raw(row, one), raw(row, other)];
      return left === null || right === null ? null : left === right;
    },
  };
}

function all(conditions: readonly Scalar[]): Scalar {
  return {
    sql: conditions.map(({ sql }) => sql).join(" AND "),
    type: "bool",
    value: (row) => {
      const values = conditions.map((condition) => condition.value(row));
      if (values.includes(false)) return false;
      return values.includes(null) ? null : true;
    },
  };
}

/** Equality that holds between NULLs too, as BI tools write it. */
function nullSafe(columns: readonly SourceColumn[], one: number, other: number, asOr: boolean): Scalar {
  const [left, right] = [columns[one]?.sql, columns[other]?.sql];
  return {
    sql: asOr
      ? `(${left} = ${right} OR (${left} IS NULL AND ${right} IS NULL))`
      : `${left} IS NOT DISTINCT FROM ${right}`,
    type: "bool",
    value: (row) => (row.values[one] ?? null) === (row.values[other] ?? null),
  };
}

/** M7: a join of two sources on any columns of one type; undefined where they have none. */
export function otherJoin(statement: Statement, left: Source, right: Source): Source | undefined {
  const { draw } = statement;
  const candidates = ({ columns }: Source) =>
    columnScalars({ columns }).filter(({ type, place }) => type !== "bool" && !isKey(columns[place]));
  const shared = namesOfBoth(left, right);
  const type = drawJoinType(statement);
  if (shared.length > 0 && draw.chance(15)) {
    const name = draw.pick(shared);
    const place = ({ columns }: Source) => columns.findIndex((column) => column.name === name);
    const on = ({ columns, leftCount }: Both) => equality(columns, place(left), leftCount + place(right));
    return once(joinSource(type, left, right, on, undefined, `USING (${name})`));
  }
  const kind = draw.pick(["int", "text"] as const);
  const own = candidates(left).filter((scalar) => scalar.type === kind);
  const others = candidates(right).filter((scalar) => scalar.type === kind);
  if (own.length === 0 || others.length === 0) return undefined;
  const one = draw.pick(own).place;
  const other = draw.pick(others).place;
  // Engines have no FULL JOIN on more than equalities.
  const form = type === "full" ? "equal" : draw.pick(["equal", "equal", "or", "distinct"] as const);
  return once(
    joinSource(type, left, right, ({ columns, leftCount }) =>
      form === "equal"
        ? equality(columns, one, leftCount + other)
        : nullSafe(columns, one, leftCount + other, form === "or"),
    ),
  );
}

/** Columns that no model join is on: x, h and what is made of them. */
function isKey(column: SourceColumn | undefined): boolean {
  return column?.origin !== undefined && !["x", "h", "g", "w"].includes(column.origin.column);
}

/** Names that stand once on either side, of columns of one type that are no keys. */
function namesOfBoth(left: Source, right: Source): string[] {
  const single = (columns: readonly SourceColumn[], name: string) =>
    columns.filter((column) => column.name === name).length === 1;
  return left.columns
    .filter((column) => column.measure === undefined && column.type !== "bool" && !isKey(column))
    .filter(({ name }) => single(left.columns, name) && single(right.columns, name))
    .filter(({ name, type }) => {
      const other = right.columns.find((column) => column.name === name);
      return other?.measure === undefined && other?.type === type;
    })
    .map(({ name }) => name);
}
