// The names that are printed: an alias for each range table entry and CTE, a name for each column. All of them are
// ours or the model's, none is a client's.
import { assert } from "../errors.ts";
import type { EntryId, Query, RangeTableEntry, SecuredScanEntry, Target } from "../query/query.ts";
import { visitQuery } from "../query/walk.ts";

export interface Names {
  /** Unquoted. */
  alias(entry: EntryId): string;
  cte(id: EntryId): string;
  /** The printed name of a column (from 1) of an entry. */
  column(entry: EntryId, column: number): string;
  block(id: EntryId): Query;
  entry(id: EntryId): RangeTableEntry;
  /** The query of a common table expression. */
  cteQuery(id: EntryId): { readonly query: Query; readonly recursive: boolean };
}

/** The columns that a block yields, junk left out. */
export function outputTargets({ targets }: Query): readonly Target[] {
  let outputs = outputsOfTargets.get(targets);
  if (outputs === undefined) {
    outputs = targets.filter((target) => !target.junk);
    outputsOfTargets.set(targets, outputs);
  }
  return outputs;
}

/** Each column of a wide query is asked for by itself. */
const outputsOfTargets = new WeakMap<readonly Target[], readonly Target[]>();

/** What a block's output column is called inside the statement. */
export function targetName(target: Target, index: number): string {
  return target.alias ?? `c${index + 1}`;
}

/** Names that stay apart in an engine that does not tell upper case from lower. */
export function distinctNames(names: readonly string[]): readonly string[] {
  const used = new UsedNames();
  return names.map((name) => used.unused(name));
}

class UsedNames {
  readonly #used = new Set<string>();
  /** The last number that was put behind a name. */
  readonly #lastNumbers = new Map<string, number>();

  add(name: string): void {
    this.#used.add(name.toLowerCase());
  }

  unused(name: string): string {
    let candidate = name;
    let n = this.#lastNumbers.get(name) ?? 1;
    while (this.#used.has(candidate.toLowerCase())) {
      n += 1;
      candidate = `${name}_${n}`;
    }
    this.#lastNumbers.set(name, n);
    this.add(candidate);
    return candidate;
  }
}

/** Gives every entry of the statement its name. */
export function nameEntries(root: Query): Names {
  const entries = new Map<EntryId, RangeTableEntry>();
  const blocks = new Map<EntryId, Query>();
  const ctes = new Map<EntryId, { query: Query; recursive: boolean }>();
  visitQuery(root, {
    query: (query) => {
      blocks.set(query.id, query);
      for (const cte of query.ctes) ctes.set(cte.id, cte);
      return true;
    },
    entry: (entry) => {
      entries.set(entry.id, entry);
    },
  });
  const aliases = nameAll([...entries.values()]);
  const cteNames = new Map([...ctes.keys()].map((id, index) => [id, `q${index + 1}`]));
  const scanColumns = new Map<EntryId, readonly string[]>();
  for (const entry of entries.values()) {
    if (entry.kind === "securedScan") scanColumns.set(entry.id, scanOutputNames(entry));
  }
  const found = <T>(map: ReadonlyMap<EntryId, T>, id: EntryId, what: string): T => {
    const value = map.get(id);
    assert(value !== undefined, `${what} ${id} is in the statement`);
    return value;
  };
  return {
    alias: (id) => found(aliases, id, "entry"),
    cte: (id) => found(cteNames, id, "cte"),
    block: (id) => found(blocks, id, "block"),
    entry: (id) => found(entries, id, "entry"),
    cteQuery: (id) => found(ctes, id, "cte"),
    column: (id, column) => {
      const entry = found(entries, id, "entry");
      if (entry.kind === "securedScan") {
        const name = scanColumns.get(id)?.[column - 1];
        assert(name !== undefined, `entry ${id} has column ${column}`);
        return name;
      }
      if (entry.kind === "subquery" && entry.query.setOperation === undefined) {
        const target = outputTargets(entry.query)[column - 1];
        assert(target !== undefined, `entry ${id} has column ${column}`);
        return targetName(target, column - 1);
      }
      assert(column >= 1, `column ${column} of entry ${id} is a user column`);
      return `c${column}`;
    },
  };
}

/** Names of a scan's outputs, apart also where the engine does not tell upper case from lower. */
export function scanOutputNames(entry: SecuredScanEntry): readonly string[] {
  return distinctNames(entry.scan.outputs.map((output) => output.name));
}

/** Scans are called after their table, forced names as told, all others t1, t2 ... */
function nameAll(entries: readonly RangeTableEntry[]): ReadonlyMap<EntryId, string> {
  const used = new UsedNames();
  const aliases = new Map<EntryId, string>();
  for (const entry of entries) {
    if (entry.kind !== "subquery" || entry.alias === undefined) continue;
    used.add(entry.alias);
    aliases.set(entry.id, entry.alias);
  }
  let count = 0;
  for (const entry of entries) {
    if (aliases.has(entry.id)) continue;
    if (entry.kind === "securedScan") {
      aliases.set(entry.id, used.unused(entry.scan.table));
      continue;
    }
    count += 1;
    aliases.set(entry.id, used.unused(`t${count}`));
  }
  return aliases;
}
