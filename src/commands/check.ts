// `lenswire check`: loads and links the models, asks the warehouses for types and keys, and prints every problem.
import { relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Config, SourceConfig } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { loadUsers } from "../config/load-users.ts";
import type { LensSource } from "../engine/lens.ts";
import { openSource } from "../open-lenses.ts";
import { errorAt, formatProblem, type Problem, sortProblems } from "../problem.ts";
import { checkUserAttributes } from "./check-attributes.ts";
import { type CheckedLens, checkLens } from "./check-model.ts";
import type { CommandIo } from "./command-io.ts";

const usage = "usage: lenswire check --config FILE [--offline]\n";

interface CheckRequest {
  readonly config: string;
  readonly offline: boolean;
}

/**
 * Exit code 0 without problems, 1 with any, 2 for arguments that make no sense. A warning about the model counts (a
 * mask that names no group masks nothing); one about users.yml is shown and does not.
 */
export async function runCheck(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire check: ${request}\n${usage}`);
    return 2;
  }
  const loaded = await loadConfig(request.config);
  const problems = [...loaded.problems];
  const lenses: CheckedLens[] = [];
  if (loaded.config !== undefined) {
    lenses.push(...(await checkConfigured(loaded.config, request.offline, problems)));
    const found = await checkUsers(loaded.config.auth.users, lenses);
    problems.push(...found.filter((problem) => problem.severity === "error"));
    for (const warning of found.filter((problem) => problem.severity === "warning")) {
      io.stdout.write(`${formatProblem(warning, showFile)}\n`);
    }
  }
  for (const note of sortProblems(
    lenses.flatMap(({ notes }) => notes.map((at) => errorAt(at.location, at.message))),
  )) {
    io.stdout.write(`${formatProblem({ ...note, message: `note: ${note.message}` }, showFile)}\n`);
  }
  const sorted = sortProblems([...problems, ...lenses.flatMap((lens) => lens.problems)]);
  for (const problem of sorted) io.stdout.write(`${formatProblem(problem, showFile)}\n`);
  const sum = (count: (lens: CheckedLens) => number): number =>
    lenses.reduce((total, lens) => total + count(lens), 0);
  const seen = [
    counted(lenses.length, "lens", "lenses"),
    counted(
      sum((lens) => lens.tables),
      "table",
      "tables",
    ),
    counted(
      sum((lens) => lens.views),
      "view",
      "views",
    ),
    counted(sorted.length, "problem", "problems"),
  ];
  io.stdout.write(`lenswire check: ${seen.join(", ")}\n`);
  return sorted.length > 0 ? 1 : 0;
}

async function checkUsers(
  file: string | undefined,
  lenses: readonly CheckedLens[],
): Promise<readonly Problem[]> {
  if (file === undefined) return [];
  const { users, problems } = await loadUsers(file);
  const models = lenses.flatMap(({ model }) => (model === undefined ? [] : [model]));
  return sortProblems([...problems, ...checkUserAttributes(users?.values() ?? [], models)]);
}

function readRequest(argv: readonly string[]): CheckRequest | string {
  try {
    const options = { config: { type: "string" }, offline: { type: "boolean" } } as const;
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    if (values.config === undefined) return "--config is missing";
    return { config: values.config, offline: values.offline ?? false };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function checkConfigured(
  config: Config,
  offline: boolean,
  problems: Problem[],
): Promise<CheckedLens[]> {
  const opened = new Map<string, LensSource>();
  try {
    for (const source of config.sources) {
      if (offline) break;
      const ready = await open(source, problems);
      if (ready !== undefined) opened.set(source.name, ready);
    }
    const sources = config.sources.map((source) => source.name);
    const all = opened.size === sources.length ? opened : undefined;
    const { signal } = new AbortController();
    const checked: CheckedLens[] = [];
    for (const lens of config.lenses) {
      checked.push(await checkLens(lens, sources, all, signal));
    }
    return checked;
  } finally {
    await Promise.all([...opened.values()].map(({ warehouse }) => warehouse.close()));
  }
}

async function open(source: SourceConfig, problems: Problem[]): Promise<LensSource | undefined> {
  try {
    return await openSource(source, () => undefined);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.push(errorAt(source.location, `the source "${source.name}" cannot be opened: ${reason}`));
    return undefined;
  }
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** As an editor started here would open it; a file elsewhere keeps its whole path. */
function showFile(file: string): string {
  const path = relative(process.cwd(), resolve(file));
  return path.startsWith("..") ? resolve(file) : path;
}
