// One SELECT as its parts: how they are written, and the rows that PostgreSQL and the rules of measures say it has.
import type { Cell, ColumnType } from "./fuzz-lens.ts";
import type { Row, Scalar, Source } from "./sources.ts";

/** The rows of one group, and which keys it is grouped by. */
export interface Group {
  readonly rows: readonly Row[];
  readonly keys: readonly Cell[];
  /** False for a key that the grouping set leaves out. */
  readonly grouped: readonly boolean[];
}

/** An expression over groups; over rows in a block that is not grouped, each row being a group. */
export interface Item {
  readonly kind: "key" | "measure" | "rows";
  /** The value is the sum over all rows of the result. */
  readonly window?: boolean;
  readonly sql: string;
  readonly type: ColumnType;
  value(group: Group): Cell;
}

export interface Grouping {
  readonly keys: readonly Scalar[];
  /** Places of keys, a list per set; undefined: one set of all keys. */
  readonly sets: readonly (readonly number[])[] | undefined;
  /** What stands after GROUP BY; undefined: no GROUP BY is written. */
  readonly sql: string | undefined;
}

export interface Block {
  readonly ctes: readonly string[];
  readonly source: Source;
  readonly where: Scalar | undefined;
  /** Undefined: one row per row of FROM. */
  readonly grouping: Grouping | undefined;
  readonly items: readonly Item[];
  readonly having: Item | undefined;
}

export function blockSql(block: Block): string {
  const { ctes, source, where, grouping, items, having } = block;
  const withs = ctes.length === 0 ? "" : `WITH ${ctes.join(", ")} `;
  const select = items.map((item, place) => `${item.sql} AS o${place + 1}`).join(", ");
  const parts = [`${withs}SELECT ${select} FROM ${source.sql}`];
  if (where !== undefined) parts.push(`WHERE ${where.sql}`);
  if (grouping?.sql !== undefined) parts.push(`GROUP BY ${grouping.sql}`);
  if (having !== undefined) parts.push(`HAVING ${having.sql}`);
  return parts.join(" ");
}

export function blockRows(block: Block): Cell[][] {
  const { source, where, grouping, items, having } = block;
  const rows = source.rows().filter((row) => where === undefined || where.value(row) === true);
  const values = groupsOf(rows, grouping)
    .filter((group) => having === undefined || having.value(group) === true)
    .map((group) => items.map((item) => item.value(group)));
  items.forEach((item, column) => {
    if (item.window !== true) return;
    const present = values.map((row) => row[column] ?? null).filter((value) => value !== null);
    const total =
      present.length === 0 ? null : present.reduce<number>((sum, value) => sum + Number(value), 0);
    for (const row of values) row[column] = total;
  });
  return values;
}

function groupsOf(rows: readonly Row[], grouping: Grouping | undefined): Group[] {
  if (grouping === undefined) return rows.map((row) => ({ rows: [row], keys: [], grouped: [] }));
  const { keys } = grouping;
  const sets = grouping.sets ?? [keys.map((_, place) => place)];
  return sets.flatMap((set) => {
    const groups = new Map<string, Row[]>();
    // The empty set is one group, also of no rows.
    if (set.length === 0) groups.set("", []);
    for (const row of rows) {
      const key = set.length === 0 ? "" : JSON.stringify(set.map((place) => keys[place]?.value(row)));
      groups.set(key, [...(groups.get(key) ?? []), row]);
    }
    const grouped = keys.map((_, place) => set.includes(place));
    return [...groups.values()].map((members): Group => {
      const values = keys.map((key, place) => {
        const [first] = members;
        return grouped[place] === true && first !== undefined ? key.value(first) : null;
      });
      return { rows: members, keys: values, grouped };
    });
  });
}
