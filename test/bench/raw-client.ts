// A client that counts what comes back and decodes none of it, so that a measurement is of the server.
import pg from "pg";
import type { ServedDemo } from "../support/served-demo.ts";

interface RawStream {
  write(bytes: Buffer): void;
  on(event: "data", listener: (chunk: Buffer) => void): void;
  removeAllListeners(event: string): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

export class RawClient {
  readonly #client: pg.Client;
  readonly stream: RawStream;

  private constructor(client: pg.Client) {
    this.#client = client;
    this.stream = (client as unknown as { connection: { stream: RawStream } }).connection.stream;
  }

  static async connect(demo: ServedDemo, user = "analyst"): Promise<RawClient> {
    const { host, port, database } = demo;
    const client = new pg.Client({ host, port, database, user, password: user });
    // Measurements end connections in the rudest way.
    client.on("error", () => {});
    await client.connect();
    const raw = new RawClient(client);
    raw.stream.removeAllListeners("data");
    return raw;
  }

  /** Sends a Query and resolves at its ReadyForQuery with the number of messages of each type. */
  query(sql: string): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    return new Promise((resolve, reject) => {
      let rest: Buffer = Buffer.alloc(0);
      this.stream.removeAllListeners("data");
      this.stream.on("data", (chunk) => {
        const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        let at = 0;
        while (at + 5 <= data.length) {
          const length = data.readInt32BE(at + 1);
          if (at + 1 + length > data.length) break;
          const type = String.fromCharCode(data[at] ?? 0);
          counts.set(type, (counts.get(type) ?? 0) + 1);
          if (type === "E") reject(new Error(data.toString("latin1", at + 5, at + 1 + length)));
          at += 1 + length;
          if (type === "Z") resolve(counts);
        }
        rest = data.subarray(at);
      });
      this.send(sql);
    });
  }

  send(sql: string): void {
    const text = Buffer.from(`${sql}\0`, "utf8");
    const message = Buffer.alloc(5);
    message.write("Q", 0, "latin1");
    message.writeInt32BE(text.length + 4, 1);
    this.stream.write(Buffer.concat([message, text]));
  }

  async cancel(demo: ServedDemo): Promise<void> {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    const { connect } = await import("node:net");
    const message = Buffer.alloc(16);
    message.writeInt32BE(16, 0);
    message.writeInt32BE(80877102, 4);
    message.writeInt32BE(processID, 8);
    message.writeInt32BE(secretKey, 12);
    connect(demo.port, demo.host).end(message);
  }

  close(): void {
    this.stream.destroy();
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds of each of `times` runs. */
export async function timed(times: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await run(i);
    results.push(performance.now() - started);
  }
  return results;
}
