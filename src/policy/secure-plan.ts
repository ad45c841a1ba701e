// LensPlan -> SecuredPlan + Decision: every lens table becomes a secured scan for the caller's effective group.
import type { LensPlan } from "../compiler/lens-plan.ts";
import { compileSubQuery, isZeroOfNoRows } from "../compiler/sub-query.ts";
import type { LinkedModel, Secure } from "../model/model.ts";
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
import { isRaw } from "./redacted-reads.ts";
import type { Mode, ScanContext } from "./scan-context.ts";
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
  return {
    group: group.name,
    tables: [...tables].sort(),
    members: [...lineageOf(linked, plan.members).members].sort(),
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
  const { members, isRead } = valuesRead(plan, visible);
  const masked = secureMembers(visible.model.linked).filter(
    (member) => appliesTo(member.secure, visible.group.name) && isRead(member),
  );
  const nulled = [...visible.nulledMeasures].filter((name) => members.has(name));
  return [...new Set([...masked.map(({ key }) => key), ...nulled])].sort();
}

/** What others would read masked. */
function unmaskedReads(plan: LensPlan, visible: VisibleModel): readonly string[] {
  const { isRead } = valuesRead(plan, visible);
  const { linked } = visible.model;
  return secureMembers(linked)
    .filter(({ secure }) => linked.groups.some((group) => appliesTo(secure, group.name)))
    .filter((member) => !appliesTo(member.secure, visible.group.name) && isRead(member))
    .map(({ key }) => key)
    .sort();
}

function valuesRead(plan: LensPlan, visible: VisibleModel) {
  const { linked } = visible.model;
  const isOpen = (tableName: string, name: string) => {
    const table = linked.tables.get(tableName);
    const measure = table?.measures.find((item) => item.name === name);
    // A raw count shows no value, so nothing that it reads is masked for it.
    return table === undefined || measure === undefined || !isRaw(table, measure);
  };
  const { members, columns } = lineageOf(linked, plan.members, isOpen);
  const isRead = ({ key, table, plainColumn }: SecureMember): boolean => {
    if (members.has(key)) return true;
    const read = columns.get(table);
    return plainColumn !== undefined && (read === "all" || read?.has(plainColumn.toLowerCase()) === true);
  };
  return { members, isRead };
}

interface SecureMember {
  /** `table.member` */
  readonly key: string;
  readonly table: string;
  readonly plainColumn: string | undefined;
  readonly secure: Secure;
}

/** Dimensions and measures that have a mask, whoever it falls on. */
function secureMembers(linked: LinkedModel): readonly SecureMember[] {
  return [...linked.tables.values()].flatMap((table) =>
    [...table.dimensions, ...table.measures].flatMap((member) => {
      const { name, secure } = member;
      if (secure === undefined) return [];
      const plainColumn = member.kind === "dimension" ? member.plainColumn : undefined;
      return [{ key: `${table.name}.${name}`, table: table.name, plainColumn, secure }];
    }),
  );
}
