import { expect, test, vi } from "vitest";
import { cancelledByUser } from "../../../src/engine/session-errors.ts";
import { StatementScope } from "../../../src/engine/statement-scope.ts";

test("a statement that is cancelled leaves no timer behind", () => {
  vi.useFakeTimers();
  try {
    const scope = new StatementScope(300_000);
    expect(vi.getTimerCount()).toBe(1);
    scope.cancel(cancelledByUser());
    expect(vi.getTimerCount()).toBe(0);
    expect(scope.signal.reason).toMatchObject({ sqlstate: "57014" });
  } finally {
    vi.useRealTimers();
  }
});
