// What a reload reads: users, models and certificates, all of them before any is used.
import type { StaticUsersMap } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadUsers } from "../config/load-users.ts";
import type { Lens, LensSource } from "../engine/lens.ts";
import type { LinkedModel } from "../model/model.ts";
import { loadLenses } from "../open-lenses.ts";
import { errorAt, formatProblem, hasErrors, type Problem } from "../problem.ts";
import { checkUserAttributes } from "./check-attributes.ts";
import { showFile } from "./show-file.ts";
import type { TlsFiles } from "./tls-files.ts";

export interface ServedFiles {
  readonly lenses: readonly Lens[];
  readonly users: StaticUsersMap;
  /** Has the certificates used that were read. */
  readonly useTls: () => void;
}

export interface FilesRead {
  /** Undefined where a problem is an error. */
  readonly files: ServedFiles | undefined;
  readonly problems: readonly string[];
}

/** The function rejects only when its signal aborts. */
export function filesReader(
  config: Config,
  parts: { readonly sources: ReadonlyMap<string, LensSource>; readonly tls: TlsFiles | undefined },
): (signal: AbortSignal) => Promise<FilesRead> {
  return async (signal) => {
    const problems: Problem[] = [];
    const users = await readUsers(config, problems);
    const loaded = await loadLenses(config.lenses, parts.sources, signal);
    problems.push(...loaded.problems);
    problems.push(...checkUserAttributes(users?.values() ?? [], modelsOf(loaded.lenses)));
    const useTls = await readTls(parts.tls, problems);
    const { lenses } = loaded;
    const isGood = !hasErrors(problems) && lenses !== undefined && users !== undefined;
    return {
      files: isGood ? { lenses, users, useTls } : undefined,
      // Beside errors, warnings would only hide them.
      problems: problems
        .filter(({ severity }) => isGood || severity === "error")
        .map((problem) => formatProblem(problem, showFile)),
    };
  };
}

/** Those of lenses that can be served. */
export function modelsOf(lenses: readonly Lens[] | undefined): readonly LinkedModel[] {
  return (lenses ?? []).map((lens) => lens.options.model.linked);
}

async function readUsers(config: Config, problems: Problem[]): Promise<StaticUsersMap | undefined> {
  if (config.auth.users === undefined) return new Map();
  const loaded = await loadUsers(config.auth.users);
  problems.push(...loaded.problems);
  return loaded.users;
}

async function readTls(tls: TlsFiles | undefined, problems: Problem[]): Promise<() => void> {
  const nothing = () => {};
  if (tls === undefined) return nothing;
  try {
    return await tls.readAgain();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const location = { file: tls.paths[0] ?? "", line: 1, column: 1 };
    problems.push(errorAt(location, `the certificate or its key cannot be used: ${reason}`));
    return nothing;
  }
}

/** The files whose change is worth a reload. */
export function watchedPaths(config: Config, tls: TlsFiles | undefined): readonly string[] {
  const { users } = config.auth;
  return [
    ...config.lenses.map((lens) => lens.model),
    ...(users === undefined ? [] : [users]),
    ...(tls?.paths ?? []),
  ];
}
