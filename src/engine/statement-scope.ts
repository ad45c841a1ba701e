// The span of one running statement: what can end it early is a timeout, a cancel request, or a client that went away.
import type { LensError } from "../errors.ts";
import { statementTimedOut, transactionTimedOut } from "../limits/limits-errors.ts";
import { startTimeout } from "../limits/statement-timeout.ts";

export class StatementScope {
  private readonly controller = new AbortController();
  private readonly stopTimer: () => void;

  readonly timeoutMs: number | undefined;

  /** `transactionLeftMs`: what is left of the transaction's own time. Throws FATAL 25P04 where it is over. */
  constructor(timeoutMs: number | undefined, transactionLeftMs?: number | undefined) {
    this.timeoutMs = timeoutMs;
    if (transactionLeftMs === undefined || (timeoutMs !== undefined && timeoutMs < transactionLeftMs)) {
      this.stopTimer = startTimeout(this.controller, timeoutMs, statementTimedOut);
      return;
    }
    if (transactionLeftMs <= 0) throw transactionTimedOut();
    this.stopTimer = startTimeout(this.controller, transactionLeftMs, transactionTimedOut);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** What runs in the statement is aborted with this reason. */
  cancel(reason: LensError): void {
    // Nobody may end a statement whose client is gone: its timer must not outlive it.
    this.stopTimer();
    this.controller.abort(reason);
  }

  end(): void {
    this.stopTimer();
  }

  /** As `work`, or the reason as soon as the scope is aborted: a part that does not listen cannot hold the client up. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.controller;
    // The loser may still reject, and nobody waits for it any more.
    work.catch(() => {});
    signal.throwIfAborted();
    let onAbort = (): void => {};
    const aborted = new Promise<never>((_resolve, reject) => {
      onAbort = () => reject(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
    });
    try {
      return await Promise.race([work, aborted]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
