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
  /** A window function: its values from those of the item and the other items, row by row, in no order. */
  readonly window?: (values: readonly Cell[], groups: readonly Group[]) => readonly Cell[];
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
  readonly distinct: boolean;
  /** ORDER BY all columns, LIMIT and OFFSET. */
  readonly page: { readonly limit: number; readonly offset: number } | undefined;
}

export function blockSql(block: Block): string {
  const { ctes, source, where, grouping, items, having, distinct, page } = block;
  const withs = ctes.length === 0 ? "" : `WITH ${ctes.join(", ")} `;
  const select = items.map((item, place) => `${item.sql} AS o${place + 1}`).join(", ");
  const parts = [`${withs}SELECT ${distinct ? "DISTINCT " : ""}${select} FROM ${source.sql}`];
  if (where !== undefined) parts.push(`WHERE ${where.sql}`);
  if (grouping?.sql !== undefined) parts.push(`GROUP BY ${grouping.sql}`);
  if (having !== undefined) parts.push(`HAVING ${having.sql}`);
  if (page !== undefined) {
    const order = items.map((_, place) => place + 1).join(", ");
    parts.push(`ORDER BY ${order} LIMIT ${page.limit} OFFSET ${page.offset}`);
  }
  return parts.join(" ");
}

export function blockRows(block: Block): Cell[][] {
  const { source, where, grouping, items, having } = block;
  const rows = source.rows().filter((row) => where === undefined || where.value(row) === true);
  const groups = groupsOf(rows, grouping).filter(
    (group) => having === undefined || having.value(group) === true,
  );
  const columns = items.map((item) => {
    const values = groups.map((group) => item.value(group));
    return item.window === undefined ? values : item.window(values, groups);
  });
  const values = groups.map((_, row) => columns.map((column) => column[row] ?? null));
  return paged(block, block.distinct ? distinctRows(values) : values);
}

export function distinctRows(rows: readonly (readonly Cell[])[]): Cell[][] {
  return [...new Map(rows.map((row) => [JSON.stringify(row), [...row]])).values()];
}

function paged({ page }: Block, rows: Cell[][]): Cell[][] {
  if (page === undefined) return rows;
  return rows.toSorted(compareRows).slice(page.offset, page.offset + page.limit);
}

function compareRows(one: readonly Cell[], other: readonly Cell[]): number {
  for (const [place, value] of one.entries()) {
    const order = compareCells(value, other[place] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** NULL last; text by code point. */
export function compareCells(one: Cell, other: Cell): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? 1 : -1;
  return one < other ? -1 : 1;
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
