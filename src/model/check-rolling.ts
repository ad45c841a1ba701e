// A window over another window has no meaning: which of the two periods would the inner one belong to?
import { errorAt, type Problem } from "../problem.ts";
import type { MemberUse, MemberUses } from "./member-uses.ts";

/** Call where members have no cycles. */
export function checkRolling(uses: MemberUses, problems: Problem[]): void {
  for (const use of uses.values()) {
    if (!isRolling(use)) continue;
    const { member } = use;
    const inner = use.uses.map((read) => rollingMeasure(uses, read)).find((name) => name !== undefined);
    if (inner === undefined) continue;
    const message = `measure "${member.name}" has a rolling window and is computed from "${inner}", which has one too`;
    problems.push(errorAt(member.location, message));
  }
}

/** The measure itself or the first that it is computed from, that has a window. */
export function rollingMeasure(uses: MemberUses, key: string): string | undefined {
  const use = uses.get(key);
  if (use?.member.kind !== "measure") return undefined;
  if (isRolling(use)) return key;
  return use.uses.map((read) => rollingMeasure(uses, read)).find((name) => name !== undefined);
}

function isRolling({ member }: MemberUse): boolean {
  return member.kind === "measure" && member.rollingWindow !== undefined;
}
