// One worker thread and the statements that wait for it: one at a time, users in turn, replaced when one overruns.
import { Worker } from "node:worker_threads";
import type { Clock } from "../clock.ts";
import { LensError } from "../errors.ts";
import { workerUrl } from "./directory-location.ts";
import {
  instancesClosed,
  statementCancelled,
  statementFailed,
  statementTimedOut,
  workerFailed,
} from "./postgres-errors.ts";
import type { OpenAnswer, WorkerAnswer, WorkerData, WorkerReply, WorkerRequest } from "./worker-protocol.ts";

/** Megabytes of a worker's stack: with Node's 4, PGlite answers a deeply nested statement with no message at all. */
const stackSizeMb = 16;

/** Milliseconds to open and fill an instance; measured 0.3 s, and 1 s for 50 tables of 60 columns. */
const openTimeoutMs = 60_000;

/** Milliseconds that a user waits who made a worker be replaced, doubled each time, and when that is forgotten. */
const penaltyMs = 1_000;
const penaltyMsMax = 30_000;
const penaltyForgottenMs = 60_000;

export interface LineOptions {
  readonly workerData: WorkerData;
  readonly instancesMax: number;
  readonly clock: Clock;
  /** Told of everything that is a bug of ours or a dead worker. */
  readonly onFailure: (failure: unknown) => void;
}

/** What is known of an instance that may have to be opened. */
export interface InstanceSource {
  readonly user: string;
  /** Fills it. */
  readonly ddl: () => string;
}

export interface LineJob<Result> extends InstanceSource {
  readonly request: WorkerRequest;
  /** Milliseconds in the worker; waiting and opening do not count. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
  readonly accept: (answer: WorkerAnswer, opened: OpenAnswer) => Result;
}

/** Nothing but that the instance be open, if there is room for it. */
interface PrepareRequest {
  readonly kind: "prepare";
  readonly key: string;
}

/** Nothing but that outdated instances be closed, as after every request. */
interface SweepRequest {
  readonly kind: "sweep";
  readonly key: "";
}

interface Waiting extends InstanceSource {
  readonly request: WorkerRequest | PrepareRequest | SweepRequest;
  readonly limitMs: number;
  readonly settle: (outcome: Outcome) => void;
  settled: boolean;
}

type Outcome =
  | { readonly answer: WorkerAnswer; readonly opened: OpenAnswer }
  | { readonly error: LensError }
  | "prepared";

interface Penalty {
  readonly durationMs: number;
  readonly untilMs: number;
}

interface RunningWorker {
  readonly worker: Worker;
  /** In order of use, the last the most recent. */
  readonly opened: Map<string, OpenAnswer>;
}

class LimitExceeded extends Error {}

export class WorkerLine {
  private readonly options: LineOptions;
  /** Each user's statements in order; users in the order in which they are served next. */
  private readonly waiting = new Map<string, Waiting[]>();
  private readonly penalties = new Map<string, Penalty>();
  private running: RunningWorker | undefined;
  private serving: Promise<void> | undefined;
  private nextId = 1;
  private closed = false;
  private wakeUp: NodeJS.Timeout | undefined;
  private isCurrent: (key: string) => boolean = () => true;

  constructor(options: LineOptions) {
    this.options = options;
  }

  /** Instances that are open. */
  get openCount(): number {
    return this.running?.opened.size ?? 0;
  }

  /** Statements that are served or wait. */
  get length(): number {
    let length = this.serving === undefined ? 0 : 1;
    for (const line of this.waiting.values()) length += line.length;
    return length;
  }

  /** Rejects with the client's error, or with the signal's reason. */
  run<Result>(job: LineJob<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(instancesClosed());
      if (job.signal.aborted) return reject(abortReason(job.signal));
      const onAbort = () => waiting.settle({ error: abortReason(job.signal) });
      const waiting: Waiting = {
        request: job.request,
        user: job.user,
        ddl: job.ddl,
        limitMs: job.limitMs,
        settled: false,
        settle(outcome) {
          if (waiting.settled) return;
          waiting.settled = true;
          job.signal.removeEventListener("abort", onAbort);
          if (outcome === "prepared") throw new TypeError("a statement was not run");
          if ("error" in outcome) reject(outcome.error);
          else resolve(job.accept(outcome.answer, outcome.opened));
        },
      };
      job.signal.addEventListener("abort", onAbort, { once: true });
      this.enqueue(waiting);
    });
  }

  /**
   * Opens the instance before a statement asks for it, where that closes no other. What goes wrong is told to the first
   * statement, which tries again.
   */
  prepare(key: string, { user, ddl }: InstanceSource): void {
    if (this.closed || this.running?.opened.has(key) === true) return;
    this.enqueueSilently({ kind: "prepare", key }, { user, ddl });
  }

  /** Other instances are closed from now on, as soon as no statement waits for them. */
  retain(isCurrent: (key: string) => boolean): void {
    this.isCurrent = isCurrent;
    if (!this.closed) this.enqueueSilently({ kind: "sweep", key: "" }, { user: "", ddl: () => "" });
  }

  private enqueueSilently(request: PrepareRequest | SweepRequest, source: InstanceSource): void {
    const waiting: Waiting = {
      request,
      ...source,
      limitMs: openTimeoutMs,
      settled: false,
      settle() {
        waiting.settled = true;
      },
    };
    this.enqueue(waiting);
  }

  private enqueue(waiting: Waiting): void {
    const line = this.waiting.get(waiting.user);
    if (line === undefined) this.waiting.set(waiting.user, [waiting]);
    else line.push(waiting);
    this.serve();
  }

  /** Fails what waits and ends the worker. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.wakeUp);
    for (const line of this.waiting.values()) {
      for (const waiting of line) waiting.settle({ error: instancesClosed() });
    }
    this.waiting.clear();
    await this.endWorker();
    await this.serving;
  }

  private serve(): void {
    if (this.serving !== undefined || this.closed) return;
    const next = this.takeNext();
    if (next === undefined) return;
    this.serving = this.serveOne(next).finally(() => {
      this.serving = undefined;
      this.serve();
    });
  }

  /** The first user in turn who need not wait; that user then goes to the end. */
  private takeNext(): Waiting | undefined {
    const nowMs = this.options.clock.monotonicMs();
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const [user, line] of this.waiting) {
      while (line[0]?.settled === true) line.shift();
      const untilMs = this.penalties.get(user)?.untilMs ?? 0;
      if (line.length === 0) {
        this.waiting.delete(user);
        continue;
      }
      if (untilMs > nowMs) {
        soonestMs = Math.min(soonestMs, untilMs);
        continue;
      }
      const next = line.shift();
      this.waiting.delete(user);
      if (line.length > 0) this.waiting.set(user, line);
      return next;
    }
    clearTimeout(this.wakeUp);
    if (soonestMs < Number.POSITIVE_INFINITY) {
      this.wakeUp = setTimeout(() => this.serve(), soonestMs - nowMs + 1);
      this.wakeUp.unref();
    }
    return undefined;
  }

  private async serveOne(waiting: Waiting): Promise<void> {
    const { request } = waiting;
    try {
      if (request.kind === "sweep") return waiting.settle("prepared");
      if (request.kind === "prepare") {
        if (this.hasRoomFor(request.key)) await this.openInstance(waiting);
        return waiting.settle("prepared");
      }
      const opened = await this.openInstance(waiting);
      const answer = await this.call(request, waiting.limitMs);
      waiting.settle({ answer, opened });
    } catch (thrown) {
      if (thrown instanceof LimitExceeded) this.penalise(waiting.user);
      waiting.settle({ error: this.errorOf(thrown) });
    } finally {
      await this.closeOutdated();
    }
  }

  /** What fails here has ended the worker, and its instances with it. */
  private async closeOutdated(): Promise<void> {
    for (const key of [...(this.running?.opened.keys() ?? [])]) {
      if (this.closed || this.isCurrent(key) || this.isWaitedFor(key)) continue;
      this.running?.opened.delete(key);
      try {
        await this.call({ kind: "close", key }, openTimeoutMs);
      } catch (error) {
        if (!this.closed) this.options.onFailure(error);
        return;
      }
    }
  }

  private isWaitedFor(key: string): boolean {
    for (const line of this.waiting.values())
      if (line.some(({ request, settled }) => !settled && request.key === key)) return true;
    return false;
  }

  private errorOf(thrown: unknown): LensError {
    if (thrown instanceof LimitExceeded) return statementTimedOut();
    if (thrown instanceof ReportedError) return thrown.reported;
    if (this.closed) return instancesClosed();
    this.options.onFailure(thrown);
    return workerFailed(thrown);
  }

  private penalise(user: string): void {
    const nowMs = this.options.clock.monotonicMs();
    const last = this.penalties.get(user);
    for (const [other, penalty] of this.penalties) {
      if (penalty.untilMs + penaltyForgottenMs < nowMs) this.penalties.delete(other);
    }
    const remembered = last !== undefined && last.untilMs + penaltyForgottenMs >= nowMs;
    const durationMs = remembered ? Math.min(last.durationMs * 2, penaltyMsMax) : penaltyMs;
    this.penalties.set(user, { durationMs, untilMs: nowMs + durationMs });
  }

  private hasRoomFor(key: string): boolean {
    const opened = this.running?.opened;
    return opened === undefined || opened.has(key) || opened.size < this.options.instancesMax;
  }

  private async openInstance(waiting: Waiting): Promise<OpenAnswer> {
    const { key } = waiting.request;
    const running = this.startWorker();
    const known = running.opened.get(key);
    if (known !== undefined) {
      running.opened.delete(key);
      running.opened.set(key, known);
      return known;
    }
    const [oldest] = running.opened.keys();
    if (oldest !== undefined && running.opened.size >= this.options.instancesMax) {
      running.opened.delete(oldest);
      await this.call({ kind: "close", key: oldest }, openTimeoutMs);
    }
    const answer = await this.call({ kind: "open", key, ddl: waiting.ddl() }, openTimeoutMs);
    if (answer.kind !== "opened") throw new TypeError("the worker answered another question");
    running.opened.set(key, answer);
    return answer;
  }

  private startWorker(): RunningWorker {
    if (this.running !== undefined) return this.running;
    if (this.closed) throw instancesClosed();
    const worker = new Worker(workerUrl, {
      workerData: this.options.workerData,
      resourceLimits: { stackSizeMb },
      name: "lenswire-postgres",
    });
    // Client connections keep the process alive, not this.
    worker.unref();
    this.running = { worker, opened: new Map() };
    return this.running;
  }

  private async endWorker(): Promise<void> {
    const running = this.running;
    this.running = undefined;
    await running?.worker.terminate();
  }

  /** One request and its answer; the worker is ended when it takes longer or dies. */
  private async call(request: WorkerRequest, limitMs: number): Promise<WorkerAnswer> {
    const { worker, opened } = this.startWorker();
    const id = this.nextId++;
    return new Promise<WorkerAnswer>((resolve, reject) => {
      const finish = (): void => {
        clearTimeout(timer);
        worker.off("message", onMessage);
        worker.off("error", onDead);
        worker.off("exit", onDead);
      };
      const onMessage = (reply: WorkerReply): void => {
        if (reply.id !== id) return;
        finish();
        if (reply.kind === "failure" || (reply.kind === "error" && reply.closed)) opened.delete(request.key);
        if (reply.kind === "answer") resolve(reply.answer);
        else if (reply.kind === "error") reject(new ReportedError(statementFailed(reply.error)));
        else reject(new Error(reply.failure));
      };
      const onDead = (reason: unknown): void => {
        finish();
        if (this.running?.worker === worker) this.running = undefined;
        reject(reason instanceof Error ? reason : new Error(`the worker ended with ${String(reason)}`));
      };
      const timer = setTimeout(() => {
        finish();
        void this.endWorker().then(() => reject(new LimitExceeded()), reject);
      }, limitMs);
      worker.on("message", onMessage);
      worker.on("error", onDead);
      worker.on("exit", onDead);
      worker.postMessage({ id, request });
    });
  }
}

class ReportedError extends Error {
  readonly reported: LensError;

  constructor(reported: LensError) {
    super(reported.message);
    this.reported = reported;
  }
}

function abortReason(signal: AbortSignal): LensError {
  const reason: unknown = signal.reason;
  return reason instanceof LensError ? reason : statementCancelled();
}
