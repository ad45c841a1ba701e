// One connection to a PostgreSQL server, from which messages are read when they are wanted and not before.
import { createConnection, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { ConnectionLost, ServerError } from "./postgres-errors.ts";
import {
  type BackendMessage,
  BackendReader,
  backend,
  cancelRequest,
  queryMessage,
  sslRequest,
  terminateMessage,
} from "./postgres-messages.ts";
import { isUnixSocket, type PostgresServer, socketPath, tlsOptions } from "./postgres-server.ts";

/** Milliseconds in which a cancel request must have reached the server. */
const cancelTimeoutMs = 5000;

/** What the server told while the connection was made. */
export interface BackendKey {
  readonly processId: number;
  readonly key: Buffer;
}

interface Waiter {
  readonly resolve: (message: BackendMessage) => void;
  readonly reject: (error: Error) => void;
}

export class PostgresConnection {
  readonly #server: PostgresServer;
  readonly #socket: Duplex;
  readonly #isSecure: boolean;
  readonly #key: BackendKey;
  /** Cut and not read yet: what one piece from the network held. */
  readonly #received: BackendMessage[] = [];
  #waiter: Waiter | undefined;
  #lost: ConnectionLost | undefined;
  /** ReadyForQuery messages that are still to come, and what the last one said. */
  #readyAwaited = 0;
  #status = "I";
  /** Called once when the connection is gone. */
  onLost: () => void = () => {};

  /** `socket` is past authentication and idle; nobody else reads from it. */
  constructor(server: PostgresServer, socket: Duplex, isSecure: boolean, key: BackendKey) {
    this.#server = server;
    this.#socket = socket;
    this.#isSecure = isSecure;
    this.#key = key;
    const reader = new BackendReader((message) => this.#take(message));
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.destroy(error);
        return;
      }
      if (this.#received.length > 0) socket.pause();
    });
    socket.on("error", (error) => this.#lose(error));
    socket.on("close", () => this.#lose(undefined));
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Nothing is under way on it, no transaction is open. */
  get isIdle(): boolean {
    return !this.isLost && this.#readyAwaited === 0 && this.#status === "I" && this.#received.length === 0;
  }

  get readyAwaited(): number {
    return this.#readyAwaited;
  }

  /** Sends messages that the server answers with so many ReadyForQuery. */
  send(messages: readonly Buffer[], readyCount: number): void {
    this.#readyAwaited += readyCount;
    if (!this.isLost)
      this.#socket.write(messages.length === 1 ? (messages[0] as Buffer) : Buffer.concat(messages));
  }

  /** The next message; one reader at a time. Rejects with ConnectionLost when no more can come. */
  async receive(): Promise<BackendMessage> {
    const message = this.#received.shift() ?? (await this.#more());
    if (message.kind === "message" && message.type === backend.readyForQuery) {
      this.#readyAwaited -= 1;
      this.#status = message.body.toString("latin1", 0, 1);
      // An idle connection is listened to, so that its end is noticed.
      if (this.#readyAwaited === 0) this.#socket.resume();
    }
    return message;
  }

  /** Runs statements without rows. Rejects with ServerError. */
  async run(sql: string): Promise<void> {
    this.send([queryMessage(sql)], 1);
    await this.skipToReady();
  }

  /** Reads to the last ReadyForQuery that is awaited. Rejects with the first error on the way. */
  async skipToReady(): Promise<void> {
    let failed: ServerError | undefined;
    while (this.#readyAwaited > 0) {
      const message = await this.receive();
      if (message.kind === "message" && message.type === backend.error)
        failed ??= ServerError.of(message.body);
    }
    if (failed !== undefined) throw failed;
  }

  /**
   * Has the server end the query that is under way. Resolves when the server has taken that in, or nothing came of it
   * in time; then the connection is given up, since it would reach a later query.
   */
  async cancel(): Promise<void> {
    if (this.isLost) return;
    try {
      await sendCancel(this.#server, this.#isSecure, this.#key);
    } catch (error) {
      this.destroy(error);
    }
  }

  /** Ends it as a client that has nothing more to ask. */
  close(): void {
    if (this.isLost) return;
    this.#socket.end(terminateMessage);
    this.#lose(undefined);
    this.#socket.resume();
  }

  destroy(cause: unknown): void {
    this.#lose(cause);
    this.#socket.destroy();
  }

  #take(message: BackendMessage): void {
    if (message.kind === "message") {
      const { type } = message;
      if (type === backend.notice || type === backend.parameterStatus || type === backend.notification)
        return;
      // An error that nobody's statement caused: the server ends the connection.
      if (type === backend.error && this.#readyAwaited === 0) {
        this.destroy(ServerError.of(message.body));
        return;
      }
    }
    const waiter = this.#waiter;
    this.#waiter = undefined;
    if (waiter === undefined) this.#received.push(message);
    else waiter.resolve(message);
  }

  #more(): Promise<BackendMessage> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    return new Promise((resolve, reject) => {
      this.#waiter = { resolve, reject };
      this.#socket.resume();
    });
  }

  #lose(cause: unknown): void {
    if (this.#lost !== undefined) return;
    this.#lost = new ConnectionLost(cause);
    this.#waiter?.reject(this.#lost);
    this.#waiter = undefined;
    this.onLost();
  }
}

/** Resolves when the server has closed the connection that carried it: by then it has told the query's process. */
async function sendCancel(server: PostgresServer, isSecure: boolean, key: BackendKey): Promise<void> {
  const options = isSecure ? await tlsOptions(server) : undefined;
  const socket = isUnixSocket(server)
    ? createConnection(socketPath(server))
    : createConnection(server.port, server.host);
  const timer = setTimeout(
    () => socket.destroy(new Error("a cancel request took too long")),
    cancelTimeoutMs,
  );
  const request = cancelRequest(key.processId, key.key);
  try {
    if (options === undefined) {
      socket.write(request);
      await closed(socket, socket);
      return;
    }
    socket.write(sslRequest);
    await agreed(socket);
    const secure = connectTls({
      ...options,
      socket,
      ...(isIP(server.host) === 0 && { servername: server.host }),
    });
    secure.write(request);
    await closed(secure, socket);
  } finally {
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The server's answer to an SSLRequest. */
function agreed(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("data", (answer: Buffer) => {
      socket.removeAllListeners();
      if (answer.toString("latin1") === "S") resolve();
      else reject(new Error("the server refused TLS for a cancel request"));
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the server closed a cancel request")));
  });
}

function closed(stream: Duplex, socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    if (stream !== socket) socket.on("error", reject);
    stream.on("close", resolve);
    stream.on("end", resolve);
    stream.resume();
  });
}
