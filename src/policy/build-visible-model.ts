// Model + effective group -> VisibleModel: what the group can see, and what its masks do to measures.

import { formatDataType } from "../data-type.ts";
import { sqlOfDimension } from "../model/link-dimension.ts";
import { referencesOf } from "../model/member-sql.ts";
import type {
  LinkedDimension,
  LinkedJoin,
  LinkedMeasure,
  LinkedSegment,
  LinkedTable,
  TypedModel,
  UserGroup,
} from "../model/model.ts";
import type {
  VisibleColumn,
  VisibleForeignKey,
  VisibleModel,
  VisibleRelation,
} from "../model/visible-model.ts";
import { appliesTo, dimensionMask, maskedColumns } from "./masks.ts";
import { redactedMeasures } from "./redacted-reads.ts";

type Member = LinkedDimension | LinkedMeasure | LinkedSegment;

export function buildVisibleModel(options: {
  readonly lens: string;
  readonly model: TypedModel;
  readonly group: UserGroup;
}): VisibleModel {
  const { lens, model, group } = options;
  const relations = new Map<string, VisibleRelation>();
  for (const { table } of model.tables.values())
    if (table.public) relations.set(table.name, tableRelation(model, table, group));
  for (const relation of [...relations.values()]) {
    const table = model.linked.tables.get(relation.name);
    if (table !== undefined)
      relations.set(relation.name, { ...relation, foreignKeys: foreignKeys(model, table, relations) });
  }
  for (const view of model.linked.views.values()) {
    if (!view.public) continue;
    const columns = view.members.flatMap((member): VisibleColumn[] => {
      const found = findMember(model, member.table, member.member);
      const column = found && visibleColumn(model, member.table, found, group);
      return column === undefined ? [] : [{ ...column, name: member.name }];
    });
    relations.set(view.name, {
      name: view.name,
      kind: "view",
      comment: view.description,
      columns: ordered(columns),
      primaryKey: [],
      foreignKeys: [],
    });
  }
  return {
    lens,
    group,
    version: model.linked.version,
    relations,
    nulledMeasures: redactedMeasures(model.linked, group.name),
    clearKeys: clearKeys(model, group.name),
    measureMasks: measureMasks(model, group.name),
    model,
  };
}

function clearKeys(model: TypedModel, group: string): ReadonlySet<string> {
  const tables = [...model.tables.values()].map(({ table }) => table);
  return new Set(tables.filter((table) => hasClearKey(table, group)).map(({ name }) => name));
}

/** A mask on another dimension over the same column falls on the key too; an expression may read any masked column. */
function hasClearKey(table: LinkedTable, group: string): boolean {
  const masked = maskedColumns(table, group);
  const isClear = (name: string) => {
    const dimension = table.dimensions.find((item) => item.name === name);
    if (dimension === undefined || dimensionMask(dimension, group) !== undefined) return false;
    const column = dimension.plainColumn?.toLowerCase();
    if (column !== undefined) return !masked.has(column);
    const readsOthers = sqlOfDimension(dimension).some((sql) =>
      referencesOf(sql).some((reference) => reference.table !== table.name),
    );
    return !readsOthers && !table.dimensions.some((other) => dimensionMask(other, group) !== undefined);
  };
  return table.primaryKey.length > 0 && table.primaryKey.every(isClear);
}

function measureMasks(model: TypedModel, group: string): ReadonlyMap<string, "redact" | "md5"> {
  const masks = new Map<string, "redact" | "md5">();
  for (const { table } of model.tables.values())
    for (const measure of table.measures)
      if (appliesTo(measure.secure, group))
        masks.set(`${table.name}.${measure.name}`, measure.secure?.func ?? "redact");
  return masks;
}

function tableRelation(model: TypedModel, table: LinkedTable, group: UserGroup): VisibleRelation {
  const members: Member[] = [...table.dimensions, ...table.measures, ...table.segments];
  const columns = ordered(
    members.flatMap((member) => {
      const column = visibleColumn(model, table.name, member, group);
      return column === undefined ? [] : [column];
    }),
  );
  const key = table.primaryKey.map((name) => columns.find((column) => column.member === name));
  const clear = hasClearKey(table, group.name) && key.every((column) => column !== undefined);
  return {
    name: table.name,
    kind: "table",
    comment: table.description,
    columns,
    primaryKey: clear ? table.primaryKey : [],
    foreignKeys: [],
  };
}

/** Dimensions, then measures, then segments. */
function ordered(columns: readonly VisibleColumn[]): readonly VisibleColumn[] {
  const kinds = ["dimension", "measure", "segment"] as const;
  return kinds.flatMap((kind) => columns.filter((column) => column.kind === kind));
}

function findMember(model: TypedModel, tableName: string, name: string): Member | undefined {
  const table = model.linked.tables.get(tableName);
  const members: readonly Member[] = table ? [...table.dimensions, ...table.measures, ...table.segments] : [];
  return members.find((member) => member.name === name);
}

function visibleColumn(
  model: TypedModel,
  table: string,
  member: Member,
  group: UserGroup,
): VisibleColumn | undefined {
  if (member.unavailable !== undefined) return undefined;
  if (!member.public && !group.allowPrivateMembers) return undefined;
  const typed = model.tables.get(table);
  const base = { name: member.name, table, member: member.name };
  switch (member.kind) {
    case "dimension": {
      const type = typed?.dimensionTypes.get(member.name);
      if (type === undefined) return undefined;
      return {
        ...base,
        kind: "dimension",
        type,
        comment: member.description,
        masked: dimensionMask(member, group.name),
      };
    }
    case "measure": {
      const type = typed?.measureTypes.get(member.name);
      if (type === undefined) return undefined;
      const kind = `measure (${member.type})`;
      return {
        ...base,
        kind: "measure",
        type,
        comment: member.description === undefined ? kind : `${kind}: ${member.description}`,
        masked: appliesTo(member.secure, group.name) ? (member.secure?.func ?? "redact") : undefined,
      };
    }
    case "segment":
      return {
        ...base,
        kind: "segment",
        type: { kind: "boolean" },
        comment: member.description,
        masked: undefined,
      };
    default:
      return member satisfies never;
  }
}

/** Joins between a table and another one's primary key, where all columns are visible, unmasked and of one type. */
function foreignKeys(
  model: TypedModel,
  table: LinkedTable,
  relations: ReadonlyMap<string, VisibleRelation>,
): readonly VisibleForeignKey[] {
  const found = new Map<string, VisibleForeignKey>();
  const own = relations.get(table.name);
  if (own === undefined) return [];
  for (const other of model.linked.tables.values()) {
    const target = relations.get(other.name);
    if (target === undefined || target.primaryKey.length === 0 || other.name === table.name) continue;
    for (const join of [...table.joins, ...other.joins]) {
      const key = joinForeignKey(join, { table, own, other, target });
      if (key !== undefined) found.set(JSON.stringify(key), key);
    }
  }
  return [...found.values()];
}

function joinForeignKey(
  join: LinkedJoin,
  ends: {
    readonly table: LinkedTable;
    readonly own: VisibleRelation;
    readonly other: LinkedTable;
    readonly target: VisibleRelation;
  },
): VisibleForeignKey | undefined {
  const { table, own, other, target } = ends;
  const forwards = join.from === table.name && join.to === other.name;
  const backwards = join.from === other.name && join.to === table.name;
  if ((!forwards && !backwards) || join.keys === undefined) return undefined;
  if (join.relationship === (forwards ? "one_to_many" : "many_to_one")) return undefined;
  const pairs = join.keys.map((key) => ({
    column: keyColumn(table, own, forwards ? key.from : key.to),
    target: keyColumn(other, target, forwards ? key.to : key.from),
  }));
  return foreignKey(pairs, target);
}

function foreignKey(
  pairs: readonly {
    readonly column: VisibleColumn | undefined;
    readonly target: VisibleColumn | undefined;
  }[],
  target: VisibleRelation,
): VisibleForeignKey | undefined {
  const ordered = target.primaryKey.map((name) => pairs.find((pair) => pair.target?.name === name));
  if (pairs.length !== target.primaryKey.length) return undefined;
  const columns: string[] = [];
  for (const pair of ordered) {
    if (pair?.column === undefined || pair.target === undefined) return undefined;
    if (pair.column.masked !== undefined || pair.target.masked !== undefined) return undefined;
    if (formatDataType(pair.column.type) !== formatDataType(pair.target.type)) return undefined;
    columns.push(pair.column.name);
  }
  return { columns, relation: target.name, relationColumns: target.primaryKey };
}

/** The visible dimension that a join key is. */
function keyColumn(
  table: LinkedTable,
  relation: VisibleRelation,
  key: { readonly kind: "dimension" | "column"; readonly name: string },
): VisibleColumn | undefined {
  const dimension = table.dimensions.find((item) =>
    key.kind === "dimension" ? item.name === key.name : item.plainColumn === key.name,
  );
  return relation.columns.find((column) => column.kind === "dimension" && column.member === dimension?.name);
}
