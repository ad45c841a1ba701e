// A client that counts what comes back and decodes none of it, so that a measurement is of the server.
import { once } from "node:events";
import { connect } from "node:net";
import pg from "pg";

/** Where a client connects to, and as whom. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
}

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

  static async connect(target: Target): Promise<RawClient> {
    const { host, port, database, user, password } = target;
    const client = new pg.Client({ host, port, database, user, password });
    // Measurements end connections in the rudest way.
    client.on("error", () => {});
    await client.connect();
    const raw = new RawClient(client);
    raw.stream.removeAllListeners("data");
    return raw;
  }

  /** Sends a Query and resolves at its ReadyForQuery with the number of messages of each type. */
  query(sql: string, onRow?: (message: Buffer) => void): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    return new Promise((resolve, reject) => {
      const onMessage = (type: string, message: Buffer): void => {
        counts.set(type, (counts.get(type) ?? 0) + 1);
        if (type === "D") onRow?.(message);
        if (type === "E") reject(new Error(message.toString("latin1", 5)));
        if (type === "Z") resolve(counts);
      };
      let rest: Buffer = Buffer.alloc(0);
      this.stream.removeAllListeners("data");
      this.stream.on("data", (chunk) => {
        const data = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        rest = data.subarray(splitMessages(data, onMessage));
      });
      this.send(sql);
    });
  }

  /** The first column of the only row, as text. */
  async value(sql: string): Promise<string> {
    let value = "";
    await this.query(sql, (message) => {
      value = message.toString("utf8", 11, 11 + message.readInt32BE(7));
    });
    return value;
  }

  send(sql: string): void {
    const text = Buffer.from(`${sql}\0`, "utf8");
    const message = Buffer.alloc(5);
    message.write("Q", 0, "latin1");
    message.writeInt32BE(text.length + 4, 1);
    this.stream.write(Buffer.concat([message, text]));
  }

  /** Resolves when the server has taken it, as libpq does: a later one would meet the next statement. */
  async cancel(target: Pick<Target, "host" | "port">): Promise<void> {
    const { processID, secretKey } = this.#client as unknown as { processID: number; secretKey: number };
    const message = Buffer.alloc(16);
    message.writeInt32BE(16, 0);
    message.writeInt32BE(80877102, 4);
    message.writeInt32BE(processID, 8);
    message.writeInt32BE(secretKey, 12);
    const socket = connect(target.port, target.host);
    socket.resume().end(message);
    await once(socket, "close");
  }

  close(): void {
    this.stream.destroy();
  }
}

/** Hands over the whole messages and returns where they end. */
function splitMessages(data: Buffer, onMessage: (type: string, message: Buffer) => void): number {
  let at = 0;
  while (at + 5 <= data.length) {
    const end = at + 1 + data.readInt32BE(at + 1);
    if (end > data.length) break;
    onMessage(String.fromCharCode(data[at] ?? 0), data.subarray(at, end));
    at = end;
  }
  return at;
}
