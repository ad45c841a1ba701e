// Tells a URL that a limit is nearly reached: one POST of JSON for each, one after the other. What cannot be delivered
// is told once more and then logged: nothing of the server waits for it.
import type { Clock } from "../clock.ts";
import type { EmitEvent, LensEvent } from "../events.ts";
import { postJson } from "../post-json.ts";

/** Milliseconds for an answer. */
const timeoutMs = 5000;
/** Messages that wait; those beyond are left out, and the log has them anyway. */
const waitingMax = 100;
const attemptsMax = 2;

export interface Webhook {
  readonly listen: EmitEvent;
  /** Resolves when what waits was sent, or could not be. */
  settled(): Promise<void>;
}

export function createWebhook(options: {
  readonly url: string;
  /** What the server is called. */
  readonly name: string | undefined;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}): Webhook {
  const { url, name, clock, emit } = options;
  let waiting = 0;
  let last: Promise<void> = Promise.resolve();
  const deliver = async (body: string) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await post(url, body);
      } catch (error) {
        if (attempt < attemptsMax) continue;
        emit({ kind: "webhookFailed", error });
        return;
      }
    }
  };
  const listen = (event: LensEvent) => {
    if (event.kind !== "limitNear" || waiting >= waitingMax) return;
    waiting += 1;
    const { limit, subject, used, max } = event;
    const time = new Date(clock.now()).toISOString();
    const body = JSON.stringify({ event: "limitNear", time, server: name, limit, subject, used, max });
    last = last
      .then(() => deliver(body))
      .finally(() => {
        waiting -= 1;
      });
  };
  return { listen, settled: () => last };
}

async function post(url: string, body: string): Promise<void> {
  const { ok, status } = await postJson(url, body, { signal: AbortSignal.timeout(timeoutMs) });
  if (!ok) throw new Error(`the webhook answered ${status}`);
}
