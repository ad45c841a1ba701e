// M15: what WHERE says to the sub-query dimensions that it reaches into. Each scan is told the conjuncts of the blocks
// around it, over the scans that joins of the model connect with it.
import { referencesOf } from "../model/member-sql.ts";
import { sqlOfMember } from "../model/member-uses.ts";
import type { LinkedModel, SqlReference } from "../model/model.ts";
import type { EntryId, Expression, FromItem, LensScanEntry, Query, ReachingFilter } from "../query/query.ts";
import { replaceExpressions, visitExpression } from "../query/walk.ts";
import type { Block } from "./block.ts";
import { type Compilation, conjunctsOf } from "./compilation.ts";
import { connectedInstances, type JoinShape, type ScanAccess, scansOf } from "./shape.ts";

/** Tells the scans of a block, once all of them are open, what its WHERE keeps. */
export function noteFilters(block: Block, where: Expression | undefined): void {
  const { compilation } = block;
  if (where === undefined || !hasPropagation(compilation.input.visible.model.linked)) return;
  const entries = new Entries(compilation);
  for (const item of block.from) entries.add(item, true);
  const extensions = [...block.extensions.values()];
  for (const { joins } of extensions) for (const { item } of joins) entries.add(item, true);
  const conditions = conjunctsOf(where).map((condition) => entries.resolve(condition));
  for (const { entry, isOnce } of entries.scans.values()) {
    const shape = extensions.find((extension) => holds(extension.shape, entry.id))?.shape ?? block.shape;
    const filters = conditions.map((condition) =>
      filterFor(block, entries, { entry, isOnce, condition, shape }),
    );
    compilation.filtersOf(entry.id).push(...filters);
  }
}

function hasPropagation(model: LinkedModel): boolean {
  for (const table of model.tables.values())
    for (const { source } of table.dimensions)
      if (source.kind === "subQuery" && source.propagateFilters) return true;
  return false;
}

interface FoundScan {
  readonly entry: LensScanEntry;
  /** False in a CTE that several references share: what WHERE says of one of them does not hold for the others. */
  readonly isOnce: boolean;
}

/** The scans of a FROM, those in transparent subqueries and CTEs too, and what the columns of these stand for. */
class Entries {
  readonly scans = new Map<EntryId, FoundScan>();
  readonly #queries = new Map<EntryId, Query>();
  readonly #compilation: Compilation;

  constructor(compilation: Compilation) {
    this.#compilation = compilation;
  }

  add(item: FromItem, isOnce: boolean): void {
    if (item.kind === "join") {
      this.add(item.left, isOnce);
      this.add(item.right, isOnce);
      return;
    }
    const { entry } = item;
    if (entry.kind === "lensScan") this.scans.set(entry.id, { entry, isOnce });
    if (entry.kind === "subquery") this.#enter(entry.id, entry.query, isOnce);
    if (entry.kind !== "cte") return;
    const query = this.#compilation.transparentCtes.get(entry.cte);
    if (query !== undefined)
      this.#enter(entry.id, query, isOnce && this.#compilation.rowsSeen.isReadOnce(entry.cte));
  }

  #enter(id: EntryId, query: Query, isOnce: boolean): void {
    if (!this.#compilation.transparentBlocks.has(query.id)) return;
    this.#queries.set(id, query);
    for (const item of query.from) this.add(item, isOnce);
  }

  /** The condition over columns of scans, wherever it could be taken back to them. */
  resolve(condition: Expression): Expression {
    return replaceExpressions(condition, (node) => {
      if (node.kind !== "Var") return undefined;
      const target = this.#queries.get(node.entry)?.targets[node.column - 1];
      return target && this.resolve(target.expression);
    });
  }
}

function holds(shape: JoinShape, id: EntryId): boolean {
  return scansOf(shape).some((access) => scanIdOf(access) === id);
}

/** The scan behind an access, through however many transparent subqueries. */
function scanIdOf(access: ScanAccess): EntryId {
  return Number(access.key.split("/").at(-1));
}

function filterFor(
  block: Block,
  entries: Entries,
  parts: FoundScan & { readonly condition: Expression; readonly shape: JoinShape },
): ReachingFilter {
  const { entry, condition, shape } = parts;
  const model = block.compilation.input.visible.model.linked;
  const own = scansOf(shape).find((access) => scanIdOf(access) === entry.id);
  const reads = new Map<EntryId, LensScanEntry>();
  let isPlain = parts.isOnce;
  let location = -1;
  visitExpression(condition, {
    expression: (node) => {
      if (location < 0) location = node.location;
      if (node.kind === "SubLink") isPlain = false;
      if (node.kind !== "Var") return true;
      const read = entries.scans.get(node.entry)?.entry;
      if (read === undefined) isPlain = false;
      else reads.set(node.entry, read);
      const output = read?.outputs[node.column - 1];
      if (output?.kind === "dimension" || output?.kind === "segment")
        isPlain &&= !leadsToPropagation(model, { ...output, table: read?.table ?? "" }, new Set());
      return true;
    },
  });
  const joined = [...reads.values()].filter((read) => {
    if (read.id === entry.id) return true;
    const [instance, second] = own === undefined ? [] : connectedInstances(shape, own.key, read.table);
    return instance !== undefined && second === undefined && scanIdOf(instance) === read.id;
  });
  return {
    condition,
    reads,
    joined: new Set(joined.map(({ id }) => id)),
    isPlain,
    position: block.compilation.position(location),
  };
}

/** Whether a member is computed from a sub-query that WHERE reaches into: then WHERE cannot be told to it. */
function leadsToPropagation(
  model: LinkedModel,
  reference: Exclude<SqlReference, { kind: "alias" }>,
  seen: Set<string>,
): boolean {
  const key = `${reference.table}.${reference.name}`;
  const table = model.tables.get(reference.table);
  if (table === undefined || reference.kind === "column" || seen.has(key)) return false;
  seen.add(key);
  const members = [...table.dimensions, ...table.measures, ...table.segments];
  const member = members.find(({ name }) => name === reference.name);
  if (member === undefined) return false;
  if (member.kind === "dimension" && member.source.kind === "subQuery" && member.source.propagateFilters)
    return true;
  return sqlOfMember(member).some((sql) =>
    referencesOf(sql).some((part) => part.kind !== "alias" && leadsToPropagation(model, part, seen)),
  );
}
