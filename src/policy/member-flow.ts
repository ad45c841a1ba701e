// What a member of a table brings with it beyond its own value: the keys of the joins that its SQL reads other tables
// through, and the row filters of those tables.
import type { DirectUse } from "../column-lineage.ts";
import { shortestPath } from "../model/join-graph.ts";
import { referencesOf } from "../model/member-sql.ts";
import { type LinkedMember, sqlOfMember } from "../model/member-uses.ts";
import type { LinkedJoin, LinkedModel, LinkedTable } from "../model/model.ts";
import { lineageOf } from "./lineage.ts";
import { type Flow, FlowSum, type SourceKey } from "./lineage-flow.ts";
import { forcedSegments } from "./masks.ts";

interface Passed {
  readonly joins: ReadonlySet<LinkedJoin>;
  /** Tables whose rows are made one for each of another's, by primary key. */
  readonly grouped: ReadonlySet<string>;
}

const passedByModel = new WeakMap<LinkedModel, Map<string, Passed>>();

/** The member's value for a group, used so. */
export function memberFlow(model: LinkedModel, group: string, key: string, use: DirectUse): Flow {
  const flow = new FlowSum();
  flow.direct.set(`member ${key}`, use);
  const { joins, grouped } = passedBy(model, key);
  for (const join of joins) {
    for (const source of joinKeys(join)) flow.indirect.add(`join ${source}`);
    flow.addIndirect(rowFilters(model, group, join.to));
  }
  for (const table of grouped)
    for (const name of model.tables.get(table)?.primaryKey ?? [])
      flow.indirect.add(`group key ${table}.${name}`);
  return flow;
}

/** What decides which rows of a table a group sees. */
export function rowFilters(model: LinkedModel, group: string, table: string): Flow {
  const flow = new FlowSum();
  const linked = model.tables.get(table);
  for (const { name } of linked === undefined ? [] : forcedSegments(linked, group)) {
    const key = `${table}.${name}`;
    flow.indirect.add(`filter key ${key}`);
    for (const join of passedBy(model, key).joins)
      for (const source of joinKeys(join)) flow.indirect.add(`join ${source}`);
  }
  return flow;
}

function joinKeys({ from, sql }: LinkedJoin): readonly SourceKey[] {
  const bare = sql.reads === "all" ? ["*"] : sql.reads;
  const named = referencesOf(sql).flatMap((part): SourceKey[] => {
    if (part.kind === "column") return [`column ${part.table}.${part.name.toLowerCase()}`];
    return part.kind === "dimension" ? [`key ${part.table}.${part.name}`] : [];
  });
  return [...bare.map((name): SourceKey => `column ${from}.${name.toLowerCase()}`), ...named];
}

function passedBy(model: LinkedModel, key: string): Passed {
  const known = passedByModel.get(model) ?? new Map<string, Passed>();
  passedByModel.set(model, known);
  const passed = known.get(key) ?? findPassed(model, key);
  known.set(key, passed);
  return passed;
}

function findPassed(model: LinkedModel, key: string): Passed {
  const joins = new Set<LinkedJoin>();
  const grouped = new Set<string>();
  for (const read of lineageOf(model, [key]).members) {
    const [tableName = "", name] = read.split(".");
    const table = model.tables.get(tableName);
    const member = table && membersOf(table).find((item) => item.name === name);
    if (table === undefined || member === undefined) continue;
    for (const other of tablesRead(table, member)) {
      const path = shortestPath(model, table.name, other);
      if (path?.kind !== "path") continue;
      for (const join of path.joins) joins.add(join);
    }
    if (member.kind === "dimension" && member.source.kind === "subQuery")
      for (const end of [table.name, member.source.table]) grouped.add(end);
  }
  return { joins, grouped };
}

function membersOf(table: LinkedTable): readonly LinkedMember[] {
  return [...table.dimensions, ...table.measures, ...table.segments];
}

/** Tables that the member's own SQL reads. What a calculated measure is made of, a plan joins by itself. */
function tablesRead(table: LinkedTable, member: LinkedMember): readonly string[] {
  const isSubQuery = member.kind === "dimension" && member.source.kind === "subQuery";
  const references = sqlOfMember(member).flatMap(referencesOf);
  return [
    ...new Set(references.filter(({ kind }) => isSubQuery || kind !== "measure").map((each) => each.table)),
  ].filter((other) => other !== table.name);
}
