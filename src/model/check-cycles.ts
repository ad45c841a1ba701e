// Finds members that, over others, are computed from themselves.
import { errorAt, type Problem } from "../problem.ts";
import type { MemberUses } from "./member-uses.ts";

/** Reports each cycle once, at the member of it that comes first. True when there is one. */
export function checkCycles(uses: MemberUses, problems: Problem[]): boolean {
  const done = new Set<string>();
  let found = false;
  const visit = (key: string, trail: readonly string[]): void => {
    const start = trail.indexOf(key);
    if (start >= 0) {
      const cycle = [...trail.slice(start), key].map((name) => `"${name}"`);
      const first = uses.get(key);
      if (first !== undefined) {
        const message = `the member is computed from itself: ${cycle.join(" reads ")}`;
        problems.push(errorAt(first.member.location, message));
      }
      found = true;
      return;
    }
    if (done.has(key)) return;
    for (const next of uses.get(key)?.uses ?? []) visit(next, [...trail, key]);
    done.add(key);
  };
  for (const key of uses.keys()) visit(key, []);
  return found;
}
