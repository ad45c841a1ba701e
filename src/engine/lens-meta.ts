// A lens as one group sees it, as data for operators: tables, columns, masks, joins, and the row filters that hold.
import { formatDataType } from "../data-type.ts";
import type { LinkedTable } from "../model/model.ts";
import type { VisibleColumn, VisibleModel, VisibleRelation } from "../model/visible-model.ts";
import { forcedSegments } from "../policy/masks.ts";

export interface ColumnMeta {
  readonly name: string;
  readonly kind: VisibleColumn["kind"];
  /** As PostgreSQL spells it. */
  readonly type: string;
  /** The model's type, of a measure: `sum`. */
  readonly measureType: string | undefined;
  readonly description: string | undefined;
  /** `table.member`. */
  readonly member: string;
  readonly masked: "redact" | "md5" | undefined;
}

export interface TableMeta {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly description: string | undefined;
  readonly primaryKey: readonly string[];
  readonly columns: readonly ColumnMeta[];
  readonly joins: readonly { readonly to: string; readonly relationship: string }[];
  /** Segments that always hold for the group, `table.segment`. */
  readonly segmentsApplied: readonly string[];
}

export interface LensMeta {
  readonly lens: string;
  readonly group: string;
  /** The model version. */
  readonly version: string;
  readonly tables: readonly TableMeta[];
}

export function lensMeta(visible: VisibleModel): LensMeta {
  return {
    lens: visible.lens,
    group: visible.group.name,
    version: visible.version,
    tables: [...visible.relations.values()].map((relation) => tableMeta(visible, relation)),
  };
}

function tableMeta(visible: VisibleModel, relation: VisibleRelation): TableMeta {
  const tables = tablesOf(visible, relation);
  const joins = relation.kind === "table" ? (tables[0]?.joins ?? []) : [];
  return {
    name: relation.name,
    kind: relation.kind,
    description: relation.comment,
    primaryKey: relation.primaryKey,
    columns: relation.columns.map((column) => columnMeta(visible, column)),
    joins: joins
      .filter(({ to }) => visible.relations.has(to))
      .map(({ to, relationship }) => ({ to, relationship })),
    segmentsApplied: tables.flatMap((table) =>
      forcedSegments(table, visible.group.name).map(({ name }) => `${table.name}.${name}`),
    ),
  };
}

/** The tables that a relation reads. */
function tablesOf({ model }: VisibleModel, relation: VisibleRelation): readonly LinkedTable[] {
  const view = relation.kind === "view" ? model.linked.views.get(relation.name) : undefined;
  const names =
    view === undefined
      ? [relation.name]
      : [view.root, ...view.joins.map(({ to }) => to), ...view.members.map(({ table }) => table)];
  return [...new Set(names)].flatMap((name) => model.linked.tables.get(name) ?? []);
}

function columnMeta({ model }: VisibleModel, column: VisibleColumn): ColumnMeta {
  const measure = model.linked.tables
    .get(column.table)
    ?.measures.find(({ name }) => column.kind === "measure" && name === column.member);
  return {
    name: column.name,
    kind: column.kind,
    type: formatDataType(column.type),
    measureType: measure?.type,
    description: column.comment,
    member: `${column.table}.${column.member}`,
    masked: column.masked,
  };
}
