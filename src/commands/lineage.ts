// `lenswire lineage`: what each member of a lens is computed from, down to columns of the tables' base SQL.
import { parseArgs } from "node:util";
import { loadConfig } from "../config/load-config.ts";
import { loadModel } from "../model/load-model.ts";
import { type MemberLineage, modelLineage, type TableLineage } from "../policy/model-lineage.ts";
import { formatProblem, type Problem } from "../problem.ts";
import type { CommandIo } from "./command-io.ts";
import { showFile } from "./show-file.ts";

const usage = "usage: lenswire lineage --config FILE [--lens NAME] [--json]\n";

interface LineageRequest {
  readonly config: string;
  readonly lens: string | undefined;
  readonly json: boolean;
}

/** Exit code 0 with the lineage on stdout, 1 with problems on stderr, 2 for arguments that make no sense. */
export async function runLineage(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire lineage: ${request}\n${usage}`);
    return 2;
  }
  const report = (problems: readonly Problem[]) => {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem, showFile)}\n`);
  };
  const { config, problems } = await loadConfig(request.config);
  report(problems);
  if (config === undefined) return 1;
  const { lens: wanted } = request;
  const lens = config.lenses.find(
    ({ databaseNames }) => wanted === undefined || databaseNames.includes(wanted),
  );
  if (lens === undefined) {
    io.stderr.write(`lenswire lineage: there is no lens "${wanted}"\n`);
    return 1;
  }
  const loaded = await loadModel(lens.model);
  report(loaded.problems);
  if (loaded.model === undefined) return 1;
  const tables = modelLineage(loaded.model);
  io.stdout.write(
    request.json
      ? `${JSON.stringify({ lens: lens.name, tables }, undefined, 2)}\n`
      : tables.map(tableText).join("\n"),
  );
  return 0;
}

function tableText({ table, forcedSegments, members }: TableLineage): string {
  const forced = forcedSegments.map(({ segment, groups }) => `  rows by ${segment} for ${groups.join(", ")}`);
  return [`${table}:`, ...forced, ...members.flatMap(memberLines)].map((line) => `${line}\n`).join("");
}

function memberLines({ member, kind, views, reads, columns, masks }: MemberLineage): string[] {
  const columnTexts = columns.flatMap(({ table, columns: names }) =>
    names === "all"
      ? [`${table}: those that its SQL reads, which cannot be told`]
      : names.length === 0
        ? []
        : [`${table}: ${names.join(", ")}`],
  );
  return [
    `  ${member} (${kind})`,
    ...(views.length === 0 ? [] : [`    in views as ${views.join(", ")}`]),
    ...(reads.length === 0 ? [] : [`    reads ${reads.join(", ")}`]),
    ...columnTexts.map((columnText) => `    columns of ${columnText}`),
    ...masks.map(({ member: masked, func, groups }) => {
      const of = masked === member ? "" : ` through ${masked}`;
      return `    masked (${func})${of} for ${groups.join(", ")}`;
    }),
  ];
}

function readRequest(argv: readonly string[]): LineageRequest | string {
  try {
    const options = {
      config: { type: "string" },
      lens: { type: "string" },
      json: { type: "boolean" },
    } as const;
    const { config, lens, json } = parseArgs({ args: [...argv], options, strict: true }).values;
    return config === undefined ? "--config is missing" : { config, lens, json: json ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
