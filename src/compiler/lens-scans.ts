// Lens relations in FROM: opens their scans, joins them as the model does, and registers what they offer.
import { assert } from "../errors.ts";
import type { LinkedJoin } from "../model/model.ts";
import type { VisibleRelation } from "../model/visible-model.ts";
import type { FromItem, RangeTableEntry, RelationEntry } from "../query/query.ts";
import type { Block } from "./block.ts";
import { variable } from "./compilation.ts";
import { joinCondition } from "./member-sql.ts";
import type { ColumnShape, EntryShape, JoinShape, ScanAccess } from "./shape.ts";

/** A FROM item with its shape. */
export interface Joined {
  readonly item: FromItem;
  readonly shape: JoinShape;
}

/** root LEFT JOIN each further table. `register` is told of each scan. */
export function modelJoin(
  block: Block,
  root: string,
  joins: readonly LinkedJoin[],
  register: (table: string, access: ScanAccess) => void,
): Joined {
  const accesses = new Map<string, ScanAccess>();
  const open = (table: string) => {
    const scan = block.compilation.newScan(table);
    const { access } = scan;
    accesses.set(table, access);
    register(table, access);
    return { item: { kind: "entry", entry: scan.entry } as FromItem, access };
  };
  const first = open(root);
  let joined: Joined = { item: first.item, shape: { kind: "scan", access: first.access } };
  for (const join of joins) {
    const from = accesses.get(join.from);
    assert(from !== undefined, "a model join starts at a table that is already joined");
    const to = open(join.to);
    joined = {
      item: {
        kind: "join",
        type: "left",
        left: joined.item,
        right: to.item,
        on: joinCondition(join, from, to.access),
        location: -1,
      },
      shape: {
        kind: "join",
        type: "left",
        left: joined.shape,
        right: { kind: "scan", access: to.access },
        edge: { left: from.key, right: to.access.key, relationship: join.relationship },
      },
    };
  }
  return joined;
}

export function registerTable(block: Block, entry: RelationEntry, access: ScanAccess): void {
  const relation = block.compilation.input.relations.get(entry.relationOid);
  assert(relation !== undefined, "a lens table is visible");
  registerRelation(block, entry, relation, { root: access, of: () => access });
}

/** The instances that the members of a relation belong to. */
export interface Instances {
  /** Whose row is there where a row of the relation is. */
  readonly root: ScanAccess;
  of(table: string): ScanAccess;
}

/** What a lens relation offers: its columns in the order of the catalog. */
export function registerRelation(
  block: Block,
  entry: RelationEntry,
  relation: VisibleRelation,
  instances: Instances,
): void {
  const columns = relation.columns.map((column): ColumnShape => {
    if (column.kind === "measure") {
      const declared = entry.columns[relation.columns.indexOf(column)];
      return {
        kind: "measure",
        measure: {
          access: instances.of(column.table),
          name: column.member,
          label: column.name,
          type: declared?.type ?? 0,
          modifier: declared?.modifier ?? -1,
          wrap: undefined,
        },
      };
    }
    const { kind, member: name } = column;
    const access = instances.of(column.table);
    return {
      kind: "value",
      expression: () => access.demand({ kind, name }),
      member: { access, kind, name },
    };
  });
  block.compilation.blocks.set(entry.id, block);
  block.compilation.shapes.set(entry.id, {
    name: entry.name,
    columnNames: relation.columns.map((column) => column.name),
    columns,
    presence: () => instances.root.demand({ kind: "presence" }),
  });
}

/** Entries that hold no lens rows: columns are what they are. */
export function registerPlain(block: Block, entry: RangeTableEntry): void {
  const columns = entry.columns.map(
    (column, place): ColumnShape => ({
      kind: "value",
      expression: () => variable(entry.id, place + 1, column),
      member: undefined,
    }),
  );
  const columnNames = entry.columns.map((column) => column.name);
  const shape: EntryShape = { name: entry.name, columnNames, columns, presence: undefined };
  block.compilation.blocks.set(entry.id, block);
  block.compilation.shapes.set(entry.id, shape);
}
