// Checks one lens: its model, and where a warehouse can be asked, the types and keys in it.
import type { LensConfig } from "../config/config.ts";
import { loadModel } from "../model/load-model.ts";
import type { LinkedModel } from "../model/model.ts";
import { sourceByTable, tableSources } from "../model/table-sources.ts";
import { hasErrors, type Problem, type SourceLocation } from "../problem.ts";
import { type TypingSource, typeModel } from "../typing/type-model.ts";

interface Note {
  readonly location: SourceLocation;
  readonly message: string;
}

export interface CheckedLens {
  /** Undefined where a problem of it is an error. */
  readonly model: LinkedModel | undefined;
  readonly problems: readonly Problem[];
  /** What is fine and yet not as written: members that this release leaves out. */
  readonly notes: readonly Note[];
  readonly tables: number;
  readonly views: number;
}

/** `opened` are those of all configured sources, by name; undefined offline, and where one cannot be opened. */
export async function checkLens(
  lens: LensConfig,
  sources: readonly string[],
  opened: ReadonlyMap<string, TypingSource> | undefined,
  signal: AbortSignal,
): Promise<CheckedLens> {
  const loaded = await loadModel(lens.model);
  const problems = [...loaded.problems];
  const { model } = loaded;
  if (model === undefined) return { model, problems, notes: [], tables: 0, views: 0 };
  const places = tableSources(model, lens.source, sources);
  problems.push(...places.problems);
  if (opened !== undefined && !hasErrors(places.problems)) {
    const typed = await typeModel(model, sourceByTable(places, opened), { signal, checkKeys: true });
    problems.push(...typed.problems);
  }
  const { tables, views } = model;
  return { model, problems, notes: unavailableMembers(model), tables: tables.size, views: views.size };
}

function unavailableMembers(model: LinkedModel): Note[] {
  const notes: Note[] = [];
  for (const table of model.tables.values()) {
    for (const member of [...table.dimensions, ...table.measures, ...table.segments]) {
      if (member.unavailable === undefined) continue;
      const message = `${member.kind} "${member.name}" is left out of the catalog: ${member.unavailable}`;
      notes.push({ location: member.location, message });
    }
  }
  return notes;
}
