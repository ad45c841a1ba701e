// What of a decision its own reader may be told: names that the catalog shows, and the filters on them.
import type { VisibleModel } from "../model/visible-model.ts";
import type { Decision } from "./decision.ts";

/** The decision without hidden tables and members. Filters of tables that are shown stay, hidden ones too. */
export function shownDecision(decision: Decision, visible: VisibleModel): Decision {
  const members = new Set<string>();
  for (const relation of visible.relations.values())
    for (const column of relation.columns) members.add(`${column.table}.${column.member}`);
  const isShownTable = (name: string) => visible.relations.has(name);
  const isShown = (member: string) => members.has(member);
  return {
    group: decision.group,
    tables: decision.tables.filter(isShownTable),
    members: decision.members.filter(isShown),
    segments: decision.segments.filter((segment) => isShownTable(segment.slice(0, segment.indexOf(".")))),
    masked: decision.masked.filter(isShown),
    // What tables are made of, and on whom else masks fall, is for the audit.
    columns: [],
    unmasked: [],
  };
}
