// The PostgreSQL port: takes connections, counts them, and lets them go when the server stops.

import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import type { Clock } from "../clock.ts";
import type { Session } from "../engine/session.ts";
import { cancelledByUser } from "../engine/session-errors.ts";
import type { SessionInfo } from "../engine/session-info.ts";
import type { EmitEvent } from "../events.ts";
import type { ConnectionLimit } from "../limits/connection-limit.ts";
import { tooManyConnections } from "../limits/limits-errors.ts";
import { type LoginAttemptLimits, LoginAttempts } from "../limits/login-attempts.ts";
import { messageBytes } from "../wire/encode.ts";
import { type AuthenticationOptions, Authenticator } from "./authenticate.ts";
import { CancelKeys } from "./cancel-keys.ts";
import { Connection, type ConnectionParts, type LoginRecord, type SessionRequest } from "./connection.ts";
import { createReadParameter } from "./read-parameter.ts";
import { errorFields } from "./send-result.ts";
import { adminShutdown } from "./server-errors.ts";
import type { TlsOptions } from "./startup.ts";

/** Time before the first keepalive probe of a silent client. */
const keepAliveDelayMs = 30_000;

/** Connections that the kernel holds until they are taken. */
const backlog = 511;

export interface ListenerOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Absent: SSLRequest is answered with N. */
  readonly tls?: TlsOptions | undefined;
  readonly authentication: AuthenticationOptions;
  readonly connectionLimit: ConnectionLimit;
  readonly limits: LoginAttemptLimits & {
    /** 0: none. */
    readonly idleTimeoutMs: number;
  };
  readonly openSession: (request: SessionRequest) => Promise<Session>;
  readonly onLogin: (login: LoginRecord) => Promise<void>;
  readonly emit: EmitEvent;
  readonly clock: Clock;
}

export interface Listener {
  readonly host: string;
  readonly port: number;
  /** Connections that are open now. */
  connectionCount(): number;
  /** Those who are logged in. */
  sessions(): readonly SessionInfo[];
  /** Ends the session's statement with 57014. False where there is no such session. */
  cancel(id: number): boolean;
  /** Ends the session with 57P01. False where there is none. */
  terminate(id: number): boolean;
  /** Bytes that were sent to clients since the start. */
  sentBytes(): number;
  /**
   * Takes no more connections; idle ones end at once with 57P01, busy ones after their statement, at the latest after
   * `deadlineMs`. Resolves when all are gone.
   */
  close(deadlineMs: number): Promise<void>;
}

/** Rejects when the port cannot be had. */
export async function createListener(options: ListenerOptions): Promise<Listener> {
  const connections = new Map<Connection, Promise<void>>();
  const { connectionLimit } = options;
  const parts: ConnectionParts = {
    authenticator: new Authenticator(options.authentication),
    cancelKeys: new CancelKeys(),
    connectionLimit,
    loginAttempts: new LoginAttempts(options.limits, options.clock),
    tls: options.tls,
    idleTimeoutMs: options.limits.idleTimeoutMs,
    readParameter: createReadParameter(options.clock),
    openSession: options.openSession,
    onLogin: options.onLogin,
    emit: options.emit,
  };
  const sockets = new Set<Socket>();
  let closedBytes = 0;
  const loggedIn = (id: number) =>
    [...connections.keys()].find((connection) => connection.id === id && connection.info() !== undefined);
  let nextId = 1;
  const accept = (socket: Socket): void => {
    const address = socket.remoteAddress ?? "";
    if (!connectionLimit.enter(address)) {
      refuse(socket);
      return;
    }
    const connection = new Connection(nextId++, socket, parts);
    connections.set(connection, serve(connection, socket));
  };
  const serve = async (connection: Connection, socket: Socket): Promise<void> => {
    const { id, address } = connection;
    options.emit({ kind: "connectionOpened", connection: id, address });
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    sockets.add(socket);
    const reason = await connection.serve();
    await closed;
    sockets.delete(socket);
    closedBytes += socket.bytesWritten;
    connectionLimit.leave(address);
    connections.delete(connection);
    options.emit({ kind: "connectionClosed", connection: id, reason });
  };
  const server = createServer(
    { noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveDelayMs },
    accept,
  );
  const { address, port } = await listen(server, options.host, options.port);
  return {
    host: address,
    port,
    connectionCount: () => connections.size,
    sessions: () => [...connections.keys()].flatMap((connection) => connection.info() ?? []),
    cancel(id) {
      const connection = loggedIn(id);
      connection?.cancel();
      return connection !== undefined;
    },
    terminate(id) {
      const connection = loggedIn(id);
      connection?.terminate(adminShutdown());
      return connection !== undefined;
    },
    sentBytes() {
      let bytes = closedBytes;
      for (const socket of sockets) bytes += socket.bytesWritten;
      return bytes;
    },
    async close(deadlineMs) {
      const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections.keys()) connection.drain();
      const timer = setTimeout(() => {
        for (const connection of connections.keys()) connection.terminate(cancelledByUser());
      }, deadlineMs);
      await Promise.all(connections.values());
      clearTimeout(timer);
      await stopped;
    },
  };
}

/** Without a word of its own each flooder would cost as much as a client. */
function refuse(socket: Socket): void {
  socket.on("error", () => {});
  socket.end(messageBytes({ kind: "ErrorResponse", fields: errorFields(tooManyConnections()) }));
  socket.destroySoon();
}

function listen(server: Server, host: string, port: number): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, backlog }, () => {
      server.off("error", reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
