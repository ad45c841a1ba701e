// What each member of a model is computed from, and what policy does to it for whom.
import type { LinkedModel, LinkedTable } from "../model/model.ts";
import { lineageOf } from "./lineage.ts";
import { appliesTo } from "./masks.ts";
import { secureMembers, valuesRead } from "./values-read.ts";

export interface MemberLineage {
  /** `table.member` */
  readonly member: string;
  readonly kind: "dimension" | "measure" | "segment";
  /** `view.member` by which clients find it too. */
  readonly views: readonly string[];
  /** Other members that it is computed from, at whatever distance. */
  readonly reads: readonly string[];
  /** Columns of the tables' base SQL, lower case; "all" where the SQL does not tell. */
  readonly columns: readonly { readonly table: string; readonly columns: readonly string[] | "all" }[];
  /** Masks on what it shows values of, itself included. */
  readonly masks: readonly {
    readonly member: string;
    readonly func: "redact" | "md5";
    readonly groups: readonly string[];
  }[];
}

export interface TableLineage {
  readonly table: string;
  readonly forcedSegments: readonly { readonly segment: string; readonly groups: readonly string[] }[];
  readonly members: readonly MemberLineage[];
}

/** In the order of the model's files. */
export function modelLineage(model: LinkedModel): readonly TableLineage[] {
  const viewsOf = new Map<string, string[]>();
  for (const view of model.views.values())
    for (const { name, table, member } of view.members) {
      const key = `${table}.${member}`;
      viewsOf.set(key, [...(viewsOf.get(key) ?? []), `${view.name}.${name}`]);
    }
  return [...model.tables.values()].map((table) => ({
    table: table.name,
    forcedSegments: forcedIn(model, table),
    members: [...table.dimensions, ...table.measures, ...table.segments].map(({ name, kind }) => {
      const member = `${table.name}.${name}`;
      return { member, kind, views: viewsOf.get(member) ?? [], ...readsOf(model, member) };
    }),
  }));
}

function forcedIn(model: LinkedModel, table: LinkedTable): TableLineage["forcedSegments"] {
  return table.segments
    .map(({ name, secure }) => ({
      segment: `${table.name}.${name}`,
      groups: model.groups.filter((group) => appliesTo(secure, group.name)).map((group) => group.name),
    }))
    .filter(({ groups }) => groups.length > 0);
}

function readsOf(model: LinkedModel, member: string): Pick<MemberLineage, "reads" | "columns" | "masks"> {
  const { members, columns } = lineageOf(model, [member]);
  const { isRead } = valuesRead(model, [member]);
  const masks = secureMembers(model)
    .filter(isRead)
    .map(({ key, secure }) => ({
      member: key,
      func: secure.func ?? ("redact" as const),
      groups: model.groups.filter((group) => appliesTo(secure, group.name)).map((group) => group.name),
    }));
  return {
    reads: [...members].filter((other) => other !== member).sort(),
    columns: [...columns].map(([table, read]) => ({
      table,
      columns: read === "all" ? read : [...read].sort(),
    })),
    masks: masks.filter(({ groups }) => groups.length > 0),
  };
}
