// A window over another window has no meaning: which of the two periods would the inner one belong to?
import { errorAt, type Problem } from "../problem.ts";
import type { MemberUse, MemberUses } from "./member-uses.ts";

/** Call where members have no cycles. */
export function checkRolling(uses: MemberUses, problems: Problem[]): void {
  for (const use of uses.values()) {
    const { member } = use;
    const inner = isRolling(use) ? rollingBelow(uses, use) : undefined;
    if (inner === undefined) continue;
    const message = `measure "${member.name}" has a rolling window and is computed from "${inner}", which has one too`;
    problems.push(errorAt(member.location, message));
  }
}

function isRolling({ member }: MemberUse): boolean {
  return member.kind === "measure" && member.rollingWindow !== undefined;
}

/** The first rolling measure that the member is computed from. */
function rollingBelow(uses: MemberUses, use: MemberUse): string | undefined {
  for (const key of use.uses) {
    const read = uses.get(key);
    if (read?.member.kind !== "measure") continue;
    if (isRolling(read)) return key;
    const below = rollingBelow(uses, read);
    if (below !== undefined) return below;
  }
  return undefined;
}
