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

test("work that fails after its statement was cancelled is nobody's unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const scope = new StatementScope(undefined);
    scope.cancel(cancelledByUser());
    const work = new Promise((_resolve, reject) => setImmediate(() => reject(new Error("too late"))));
    await expect(scope.race(work)).rejects.toMatchObject({ sqlstate: "57014" });
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});
