// How often each function of src is called, as V8 counts it: work that grows can be told from work that is slow.
import inspector from "node:inspector/promises";

export type CallCounts = ReadonlyMap<string, number>;

export class CallCounter {
  readonly #session = new inspector.Session();

  private constructor() {}

  static async start(): Promise<CallCounter> {
    const counter = new CallCounter();
    counter.#session.connect();
    await counter.#session.post("Profiler.enable");
    await counter.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
    return counter;
  }

  /** Calls since the last time, by file and function. */
  async take(): Promise<CallCounts> {
    const { result } = await this.#session.post("Profiler.takePreciseCoverage");
    const counts = new Map<string, number>();
    for (const { url, functions } of result) {
      const file = /\/src\/(.*\.ts)/.exec(url)?.[1];
      if (file === undefined) continue;
      for (const { functionName, ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        const name = `${file} ${functionName || `at ${whole.startOffset}`}`;
        counts.set(name, (counts.get(name) ?? 0) + whole.count);
      }
    }
    return counts;
  }

  async stop(): Promise<void> {
    await this.#session.post("Profiler.stopPreciseCoverage");
    this.#session.disconnect();
  }
}
