// LensPlan -> SecuredPlan + Decision: every lens table becomes a secured scan for the caller's effective group.
import type { LensPlan } from "../compiler/lens-plan.ts";
import { compileSubQuery, isZeroOfNoRows } from "../compiler/sub-query.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type {
  EntryId,
  FromItem,
  LensScanEntry,
  Query,
  SecuredScan,
  SecuredScanEntry,
} from "../query/query.ts";
import { type Mapper, mapChildren, mapQueryParts, visitQuery } from "../query/walk.ts";
import type { Decision } from "./decision.ts";
import { lineageOf } from "./lineage.ts";
import { appliesTo, forcedSegments } from "./masks.ts";
import { dataScopeMissing } from "./policy-errors.ts";
import type { Mode, ScanContext } from "./scan-context.ts";
import type { SecuredPlan } from "./secured-plan.ts";
import { securedScan } from "./secured-scan.ts";
import { secureMembers, valuesRead } from "./values-read.ts";

export interface Secured {
  readonly plan: SecuredPlan;
  readonly decision: Decision;
}

/** Rejects with 42501 when the group may not read data. */
export function securePlan(plan: LensPlan, visible: VisibleModel): Secured {
  const { group } = visible;
  if (group.apiScopes !== undefined && !group.apiScopes.includes("data")) throw dataScopeMissing(group.name);
  const query = secureQuery(plan.query, scanContext(visible, plan.nextId), "secured");
  return { plan: { query } as SecuredPlan, decision: decide(plan, query, visible) };
}

function scanContext(visible: VisibleModel, firstId: EntryId): ScanContext {
  const unmasked: VisibleModel = { ...visible, nulledMeasures: new Set(), measureMasks: new Map() };
  const seenIn = (mode: Mode): VisibleModel => (mode === "secured" ? visible : unmasked);
  let nextId = firstId;
  const context: ScanContext = {
    visible,
    subQuery: (of, mode) => {
      const compiled = compileSubQuery({ ...of, visible: seenIn(mode), nextId });
      nextId = compiled.nextId;
      return { query: secureQuery(compiled.query, context, mode), keys: compiled.keys };
    },
    isZeroOfNoRows: (table, measure, mode) => isZeroOfNoRows(seenIn(mode), table, measure),
  };
  return context;
}

function secureQuery(query: Query, context: ScanContext, mode: Mode): Query {
  const mapper: Mapper = {
    expression: (expression) => mapChildren(expression, mapper),
    query: (nested) => {
      const mapped = mapQueryParts(nested, mapper);
      return { ...mapped, from: mapped.from.map((item) => secureItem(item, context, mode)) };
    },
  };
  return mapper.query(query);
}

function secureItem(item: FromItem, context: ScanContext, mode: Mode): FromItem {
  if (item.kind === "join") {
    const left = secureItem(item.left, context, mode);
    return { ...item, left, right: secureItem(item.right, context, mode) };
  }
  const { entry } = item;
  return { kind: "entry", entry: entry.kind === "lensScan" ? scanEntry(entry, context, mode) : entry };
}

function scanEntry(entry: LensScanEntry, context: ScanContext, mode: Mode): SecuredScanEntry {
  const { id, name, columns, lateral } = entry;
  const scan = securedScan(context, entry, mode);
  return { kind: "securedScan", id, name, columns, lateral, scan };
}

function decide(plan: LensPlan, query: Query, visible: VisibleModel): Decision {
  const { linked } = visible.model;
  const { group } = visible;
  const scans = scansOf(query);
  const restricted = new Set(scans.filter(({ forced }) => forced.length > 0).map(({ table }) => table));
  const tables = new Set([...plan.tables, ...scans.map(({ table }) => table)]);
  const { members, columns } = lineageOf(linked, plan.members);
  return {
    group: group.name,
    tables: [...tables].sort(),
    members: [...members].sort(),
    columns: [...columns]
      .flatMap(([table, read]) => [...(read === "all" ? "*" : read)].map((column) => `${table}.${column}`))
      .sort(),
    segments: [...tables].sort().flatMap((name) => {
      const table = linked.tables.get(name);
      if (table === undefined || !(restricted.has(name) || plan.tables.includes(name))) return [];
      return forcedSegments(table, group.name).map((segment) => `${name}.${segment.name}`);
    }),
    masked: maskedReads(plan, visible),
    unmasked: unmaskedReads(plan, visible),
  };
}

/** Every secured scan, those that members and forced segments read through too. */
function scansOf(query: Query): readonly SecuredScan[] {
  const scans: SecuredScan[] = [];
  const note = (scan: SecuredScan) => {
    scans.push(scan);
    for (const join of [...scan.joins, ...scan.forcedJoins]) if ("scan" in join) note(join.scan);
  };
  visitQuery(query, {
    entry: (entry) => {
      if (entry.kind === "securedScan") note(entry.scan);
    },
  });
  return scans;
}

/** Masked members that the statement reads, by name or through the SQL of others, and measures that are NULL for it. */
function maskedReads(plan: LensPlan, visible: VisibleModel): readonly string[] {
  const { members, isRead } = valuesRead(visible.model.linked, plan.members);
  const masked = secureMembers(visible.model.linked).filter(
    (member) => appliesTo(member.secure, visible.group.name) && isRead(member),
  );
  const nulled = [...visible.nulledMeasures].filter((name) => members.has(name));
  return [...new Set([...masked.map(({ key }) => key), ...nulled])].sort();
}

/** What others would read masked. */
function unmaskedReads(plan: LensPlan, visible: VisibleModel): readonly string[] {
  const { linked } = visible.model;
  const { isRead } = valuesRead(linked, plan.members);
  return secureMembers(linked)
    .filter(({ secure }) => linked.groups.some((group) => appliesTo(secure, group.name)))
    .filter((member) => !appliesTo(member.secure, visible.group.name) && isRead(member))
    .map(({ key }) => key)
    .sort();
}
