// The time that one statement may take, whoever set it.
import type { LensError } from "../errors.ts";

/** What Node's timers can wait; longer is no limit. */
const timerMsMax = 2_147_483_647;

/**
 * The shorter of what the session asked for (0: nothing) and what the server allows (0: everything), in milliseconds;
 * undefined where neither limits.
 */
export function effectiveTimeoutMs(sessionTimeoutMs: number, serverTimeoutMs: number): number | undefined {
  const limits = [sessionTimeoutMs, serverTimeoutMs].filter((limitMs) => limitMs > 0);
  if (limits.length === 0) return undefined;
  const shortest = Math.min(...limits);
  return shortest > timerMsMax ? undefined : shortest;
}

/** Aborts when the time is over. The returned function stops the timer. */
export function startTimeout(
  controller: AbortController,
  timeoutMs: number | undefined,
  error: () => LensError,
): () => void {
  if (timeoutMs === undefined) return () => {};
  const timer = setTimeout(() => controller.abort(error()), timeoutMs);
  return () => clearTimeout(timer);
}
