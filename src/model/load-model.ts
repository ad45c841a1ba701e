// Loads a model folder: files to linked model, with every problem at once.
import { type Problem, sortProblems } from "../problem.ts";
import { linkModel } from "./link-model.ts";
import type { LinkedModel } from "./model.ts";
import { type ModelFile, readModelFiles, readRawModel } from "./read-folder.ts";

export interface LoadedModel {
  /** undefined when a problem is an error. */
  readonly model: LinkedModel | undefined;
  /** By file and place. */
  readonly problems: readonly Problem[];
}

/** Never rejects for what is wrong in the folder: that is told as problems. */
export async function loadModel(folder: string): Promise<LoadedModel> {
  const problems: Problem[] = [];
  const files = await readModelFiles(folder, problems);
  return finish(folder, files, problems);
}

/** As loadModel, of files that are already read; names are paths below `folder`. */
export function loadModelFiles(folder: string, files: readonly ModelFile[]): Promise<LoadedModel> {
  return finish(folder, files, []);
}

async function finish(
  folder: string,
  files: readonly ModelFile[],
  problems: Problem[],
): Promise<LoadedModel> {
  const raw = readRawModel(folder, files, problems);
  const model = await linkModel(raw, problems);
  return { model, problems: sortProblems(problems) };
}
