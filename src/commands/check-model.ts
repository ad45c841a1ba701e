// Checks one lens: its model, and where a warehouse can be asked, the types and keys in it.
import type { LensConfig } from "../config/config.ts";
import { loadModel } from "../model/load-model.ts";
import type { LinkedModel } from "../model/model.ts";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem, type SourceLocation } from "../problem.ts";
import { typeModel } from "../typing/type-model.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";

interface Note {
  readonly location: SourceLocation;
  readonly message: string;
}

export interface CheckedLens {
  readonly problems: readonly Problem[];
  /** What is fine and yet not as written: members that this release leaves out. */
  readonly notes: readonly Note[];
  readonly tables: number;
  readonly views: number;
}

/** `warehouse` is undefined offline. `sources` are the names that a table's data_source may have. */
export async function checkLens(
  lens: LensConfig,
  sources: readonly string[],
  warehouse: Warehouse | undefined,
  signal: AbortSignal,
): Promise<CheckedLens> {
  const loaded = await loadModel(lens.model);
  const problems = [...loaded.problems];
  const { model } = loaded;
  if (model === undefined) return { problems, notes: [], tables: 0, views: 0 };
  problems.push(...checkSources(model, sources));
  if (warehouse !== undefined) {
    const typed = await typeModel(model, warehouse, { signal, checkKeys: true });
    problems.push(...typed.problems);
  }
  return { problems, notes: unavailableMembers(model), tables: model.tables.size, views: model.views.size };
}

function checkSources(model: LinkedModel, sources: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  for (const table of model.tables.values()) {
    const source = table.dataSource;
    if (source === undefined || source === "default" || sources.includes(source)) continue;
    const message = `table "${table.name}" names the source "${source}", which the configuration does not have`;
    problems.push(errorAt(table.location, message + didYouMean(source, sources)));
  }
  return problems;
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
