// Reloads, one at a time: everything is read first, and nothing is changed unless all of it is good.
import type { Clock } from "../clock.ts";
import type { EmitEvent, ReloadCause } from "../events.ts";

export interface ReadAnew {
  /** Serves what was read from now on; undefined where a problem is an error. */
  readonly apply: (() => void) | undefined;
  /** `FILE:LINE:COL: message`; warnings too. */
  readonly problems: readonly string[];
}

export interface ReloadResult {
  readonly done: boolean;
  readonly problems: readonly string[];
}

export interface ReloaderOptions {
  /** Reads everything. May reject when the signal aborts. */
  readonly read: (signal: AbortSignal) => Promise<ReadAnew>;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}

/** Milliseconds for reading models and asking warehouses about them. */
const reloadTimeoutMs = 60_000;

export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #closing = new AbortController();
  #running: Promise<ReloadResult> | undefined;
  #waiting: Promise<ReloadResult> | undefined;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /**
   * Never rejects. What is asked for while a reload runs waits for one that begins after it, since the running one may
   * have read some files already; all who wait share that one.
   */
  reload(cause: ReloadCause): Promise<ReloadResult> {
    if (this.#running === undefined) return this.#start(cause);
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined;
      return this.#start(cause);
    });
    return this.#waiting;
  }

  /** Gives a running one up. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  #start(cause: ReloadCause): Promise<ReloadResult> {
    const running = this.#run(cause).finally(() => {
      if (this.#running === running) this.#running = undefined;
    });
    this.#running = running;
    return running;
  }

  async #run(cause: ReloadCause): Promise<ReloadResult> {
    const { clock, emit } = this.#options;
    const startedMs = clock.monotonicMs();
    const { apply, problems } = await this.#read();
    if (this.#closing.signal.aborted) return { done: false, problems: ["the server is stopping"] };
    if (apply === undefined) {
      emit({ kind: "reloadFailed", cause, problems });
      return { done: false, problems };
    }
    apply();
    emit({ kind: "reloaded", cause, durationMs: clock.monotonicMs() - startedMs });
    return { done: true, problems };
  }

  async #read(): Promise<ReadAnew> {
    const { read, emit } = this.#options;
    const late = AbortSignal.timeout(reloadTimeoutMs);
    try {
      return await read(AbortSignal.any([late, this.#closing.signal]));
    } catch (error) {
      if (late.aborted)
        return { apply: undefined, problems: [`it was not read within ${reloadTimeoutMs / 1000} s`] };
      if (!this.#closing.signal.aborted) emit({ kind: "internalError", error, where: "reload" });
      return { apply: undefined, problems: ["internal error; the log has it"] };
    }
  }
}
