// Events on their way to a lineage service by HTTP POST: a bounded queue that no statement waits for. What finds no room,
// or is not taken after some attempts, is left out and counted; what waits when the process dies is lost.
import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import { postJson } from "../post-json.ts";
import type { RunEvent } from "./openlineage.ts";

/** Events at once on their way; those of one run keep their order. */
const lanesMax = 4;
/** Bytes of all events that wait. */
const waitingBytesMax = 16 * 1024 * 1024;
const attemptsMax = 5;
/** Milliseconds before the second attempt; twice as long before each further one. */
const backOffMs = 250;
/** Milliseconds for an answer. */
const answerMs = 10_000;
/** Milliseconds between two lines of the log that say how many were left out. */
const reportMs = 60_000;

export interface EventQueueOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Events that wait. */
  readonly eventsMax: number;
  readonly clock: Clock;
  readonly emit: EmitEvent;
  /** Resolves after the time, or when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Waiting {
  readonly body: string;
  readonly bytes: number;
}

export class EventQueue {
  readonly #options: EventQueueOptions;
  readonly #lanes = Array.from({ length: lanesMax }, () => [] as Waiting[]);
  readonly #running = new Map<number, Promise<void>>();
  readonly #stop = new AbortController();
  #events = 0;
  #bytes = 0;
  #leftOut = 0;
  #reportedMs: number | undefined;
  #lastError: unknown;

  constructor(options: EventQueueOptions) {
    this.#options = options;
  }

  /** Events that wait or are on their way. */
  get size(): number {
    return this.#events;
  }

  send(event: RunEvent): void {
    const body = JSON.stringify(event);
    const bytes = Buffer.byteLength(body);
    const isFull = this.#events >= this.#options.eventsMax || this.#bytes + bytes > waitingBytesMax;
    if (this.#stop.signal.aborted || isFull) {
      this.#leaveOut(new Error("more events wait than there is room for"));
      return;
    }
    this.#events += 1;
    this.#bytes += bytes;
    const lane = (createHash("sha1").update(event.run.runId).digest()[0] ?? 0) % lanesMax;
    this.#lanes[lane]?.push({ body, bytes });
    if (!this.#running.has(lane)) this.#running.set(lane, this.#run(lane));
  }

  /** Resolves when nothing waits any more, at the latest after this time; what is left then is left out. */
  async drain(ms: number): Promise<void> {
    const done = new AbortController();
    const late = this.#options.wait(ms, done.signal).then(() => this.#stop.abort());
    await Promise.race([Promise.all(this.#running.values()), late]);
    done.abort();
    this.#stop.abort();
    await Promise.all([...this.#running.values(), late]);
    this.#report();
  }

  async #run(lane: number): Promise<void> {
    const waiting = this.#lanes[lane] ?? [];
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const outcome = this.#stop.signal.aborted
        ? new Error("the server stops")
        : await this.#deliver(next.body);
      this.#events -= 1;
      this.#bytes -= next.bytes;
      if (outcome === undefined) this.#options.emit({ kind: "lineageSent" });
      else this.#leaveOut(outcome);
    }
    this.#running.delete(lane);
  }

  /** Undefined when it was taken, else why not. */
  async #deliver(body: string): Promise<unknown> {
    const { signal } = this.#stop;
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#post(body);
      if (failure === undefined || !failure.again || attempt >= attemptsMax || signal.aborted)
        return failure?.error;
      await this.#options.wait(backOffMs * 2 ** (attempt - 1), signal);
    }
  }

  async #post(body: string): Promise<{ readonly error: unknown; readonly again: boolean } | undefined> {
    const { url, headers } = this.#options;
    try {
      const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(answerMs)]);
      const { ok, status } = await postJson(url, body, { headers, signal });
      if (ok) return undefined;
      const again = status >= 500 || status === 408 || status === 429;
      return { error: new Error(`the lineage service answered ${status}`), again };
    } catch (error) {
      return { error, again: true };
    }
  }

  #leaveOut(error: unknown): void {
    this.#leftOut += 1;
    this.#lastError = error;
    this.#options.emit({ kind: "lineageLeftOut" });
    const nowMs = this.#options.clock.monotonicMs();
    if (this.#reportedMs === undefined || nowMs - this.#reportedMs >= reportMs) this.#report();
  }

  #report(): void {
    if (this.#leftOut === 0) return;
    this.#options.emit({ kind: "lineageLost", events: this.#leftOut, error: this.#lastError });
    this.#leftOut = 0;
    this.#reportedMs = this.#options.clock.monotonicMs();
  }
}
