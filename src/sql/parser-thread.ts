// A thread that libpg-query runs in: one text at a time, replaced when a text breaks the parser or takes too long.
import { Worker } from "node:worker_threads";
import type { LensError } from "../errors.ts";
import type { ParseOutcome } from "./parse-text.ts";
import { statementTooDeep, textTooComplex, tooManyTextsWaiting } from "./sql-errors.ts";

/** Megabytes: 10,000 nested parentheses, where PostgreSQL's own grammar gives up, take less than half of it. */
const stackSizeMb = 16;

// Worker threads cannot load TypeScript: from src (tests) it is the build's output beside it.
const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "../../dist/sql/parse-worker.js" : "./parse-worker.js",
  import.meta.url,
);

export interface ParserThreadBounds {
  /** Milliseconds for one text; waiting does not count. */
  readonly limitMs: number;
  /** UTF-16 code units of the texts that wait, all together. */
  readonly waitingCharactersMax: number;
}

interface Job {
  readonly text: string;
  readonly resolve: (outcome: ParseOutcome) => void;
  readonly reject: (error: LensError) => void;
}

export class ParserThread {
  readonly #bounds: ParserThreadBounds;
  readonly #waiting: Job[] = [];
  #waitingCharacters = 0;
  #worker: Worker | undefined;
  #running: Job | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(bounds: ParserThreadBounds) {
    this.#bounds = bounds;
  }

  /** Rejects with 54001 where the text breaks the parser or takes it too long, 53400 where too much waits already. */
  parse(text: string): Promise<ParseOutcome> {
    return new Promise((resolve, reject) => {
      const characters = this.#waitingCharacters + text.length;
      if (this.#waiting.length > 0 && characters > this.#bounds.waitingCharactersMax) {
        return reject(tooManyTextsWaiting());
      }
      this.#waiting.push({ text, resolve, reject });
      this.#waitingCharacters = characters;
      this.#serve();
    });
  }

  #serve(): void {
    if (this.#running !== undefined) return;
    const next = this.#waiting.shift();
    // A thread without work does not keep the process alive.
    if (next === undefined) return this.#worker?.unref();
    this.#waitingCharacters -= next.text.length;
    this.#running = next;
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#worker.postMessage(next.text);
    this.#timer = setTimeout(() => this.#overrun(), this.#bounds.limitMs);
  }

  #start(): Worker {
    const started = new Worker(workerUrl, { resourceLimits: { stackSizeMb } });
    started.on("message", (outcome: ParseOutcome) => {
      if (this.#worker !== started) return;
      // What it broke must not meet another text.
      if (outcome.kind === "tooDeep" && outcome.broken) this.#worker = undefined;
      this.#finish((job) => job.resolve(outcome));
    });
    started.on("error", (failure) => this.#replace(started, failure));
    started.on("exit", () => this.#replace(started, undefined));
    return started;
  }

  /** The thread ended within a text. */
  #replace(ended: Worker, failure: unknown): void {
    if (this.#worker !== ended) return;
    this.#worker = undefined;
    this.#finish((job) => job.reject(statementTooDeep(failure)));
  }

  #overrun(): void {
    const worker = this.#worker;
    this.#worker = undefined;
    void worker?.terminate();
    this.#finish((job) => job.reject(textTooComplex()));
  }

  #finish(settle: (job: Job) => void): void {
    clearTimeout(this.#timer);
    const job = this.#running;
    this.#running = undefined;
    if (job !== undefined) settle(job);
    this.#serve();
  }
}
