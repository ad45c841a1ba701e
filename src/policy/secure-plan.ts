// LensPlan -> SecuredPlan + Decision: every lens table becomes a secured scan for the caller's effective group.
import type { LensPlan } from "../compiler/lens-plan.ts";
import type { LinkedTable } from "../model/model.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type { FromItem, LensScanEntry, Query, RangeTableEntry, SecuredScanEntry } from "../query/query.ts";
import { type Mapper, mapChildren, mapQueryParts } from "../query/walk.ts";
import type { Decision } from "./decision.ts";
import { appliesTo, dimensionMask, forcedSegments } from "./masks.ts";
import { dataScopeMissing } from "./policy-errors.ts";
import type { SecuredPlan } from "./secured-plan.ts";
import { securedScan } from "./secured-scan.ts";

export interface Secured {
  readonly plan: SecuredPlan;
  readonly decision: Decision;
}

/** Rejects with 42501 when the group may not read data. */
export function securePlan(plan: LensPlan, visible: VisibleModel): Secured {
  const { group } = visible;
  if (group.apiScopes !== undefined && !group.apiScopes.includes("data")) throw dataScopeMissing(group.name);
  const query = secureQuery(plan.query, visible);
  return { plan: { query } as SecuredPlan, decision: decide(plan, visible) };
}

function secureQuery(query: Query, visible: VisibleModel): Query {
  const mapper: Mapper = {
    expression: (expression) => mapChildren(expression, mapper),
    query: (nested) => {
      const mapped = mapQueryParts(nested, mapper);
      return { ...mapped, from: mapped.from.map((item) => secureItem(item, visible)) };
    },
  };
  return mapper.query(query);
}

function secureItem(item: FromItem, visible: VisibleModel): FromItem {
  if (item.kind === "join")
    return { ...item, left: secureItem(item.left, visible), right: secureItem(item.right, visible) };
  return { kind: "entry", entry: secureEntry(item.entry, visible) };
}

function secureEntry(entry: RangeTableEntry, visible: VisibleModel): RangeTableEntry {
  return entry.kind === "lensScan" ? scanEntry(entry, visible) : entry;
}

function scanEntry(entry: LensScanEntry, visible: VisibleModel): SecuredScanEntry {
  const { id, name, columns, lateral } = entry;
  const scan = securedScan(visible, entry.table, entry.outputs);
  return { kind: "securedScan", id, name, columns, lateral, scan };
}

function decide(plan: LensPlan, visible: VisibleModel): Decision {
  const group = visible.group.name;
  const tables = plan.tables.flatMap((name) => {
    const table = visible.model.linked.tables.get(name);
    return table === undefined ? [] : [table];
  });
  const masked = tables.flatMap((table) =>
    maskedMembers(table, group).filter((member) => plan.members.includes(member)),
  );
  return {
    group,
    tables: plan.tables,
    members: plan.members,
    segments: tables.flatMap((table) =>
      forcedSegments(table, group).map((segment) => `${table.name}.${segment.name}`),
    ),
    masked: [...masked, ...[...visible.nulledMeasures].filter((name) => plan.members.includes(name))].sort(),
  };
}

function maskedMembers(table: LinkedTable, group: string): readonly string[] {
  const dimensions = table.dimensions.filter((dimension) => dimensionMask(dimension, group) !== undefined);
  const measures = table.measures.filter((measure) => appliesTo(measure.secure, group));
  return [...dimensions, ...measures].map((member) => `${table.name}.${member.name}`);
}
