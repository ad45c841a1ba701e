// A user of the configuration, for commands that act for one.
import type { Config } from "../config/config.ts";
import { loadUsers } from "../config/load-users.ts";
import { type Identity, identityOf } from "../identity.ts";
import { hasErrors, type Problem } from "../problem.ts";

/** Undefined for an unknown name, and where users.yml has errors, which are reported. */
export async function findUser(
  config: Config,
  name: string,
  report: (problems: readonly Problem[]) => void,
): Promise<Identity | undefined> {
  if (config.auth.users === undefined) return undefined;
  const loaded = await loadUsers(config.auth.users);
  report(loaded.problems.filter((problem) => problem.severity === "error"));
  if (hasErrors(loaded.problems)) return undefined;
  const user = loaded.users?.get(name);
  return user && identityOf(user);
}
