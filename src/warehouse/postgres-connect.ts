// Makes connections: `pg` does what comes before the first query (TLS, authentication); from there on the bytes are ours,
// because it would make a string of every value.
import type { Duplex } from "node:stream";
import pg from "pg";
import { PostgresConnection } from "./postgres-connection.ts";
import { ServerError } from "./postgres-errors.ts";
import { type BackendMessage, BackendReader, backend } from "./postgres-messages.ts";
import { type PostgresServer, tlsOptions } from "./postgres-server.ts";

/**
 * What the text of values, the reading of statements and the right to write depend on, the same for every query. The
 * search path, and with it what names in model SQL mean, stays as the server has it for this user.
 */
const sessionSettings = [
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, MDY'",
  "SET IntervalStyle = 'postgres'",
  "SET extra_float_digits = 1",
  "SET bytea_output = 'hex'",
  // What functions print and read by: to_char(), quote_ident(), arrays of text.
  "SET lc_time = 'C'",
  "SET lc_numeric = 'C'",
  "SET lc_monetary = 'C'",
  "SET quote_all_identifiers = off",
  "SET array_nulls = on",
  "SET timezone_abbreviations = 'Default'",
  "SET transform_null_equals = off",
  "SET standard_conforming_strings = on",
  "SET client_encoding = 'UTF8'",
  "SET statement_timeout = 0",
  "SET default_transaction_read_only = on",
].join("; ");

/** Milliseconds of silence after which the system asks whether the other side is there; its own default is hours. */
const keepAliveDelayMs = 30_000;

/** So that a query does not outlive us. Servers before 14 do not have it, and some systems cannot do it. */
const livenessSetting = "SET client_connection_check_interval = '10s'";

/** Rejects with the signal's reason, or with what kept us from connecting: a ServerError or a system's error. */
export async function connectPostgres(
  server: PostgresServer,
  signal: AbortSignal,
): Promise<PostgresConnection> {
  const ssl = await tlsOptions(server);
  const attempt: Attempt = { isReached: false, isSecure: false };
  let connection: PostgresConnection;
  try {
    connection = await connectOnce(server, ssl, attempt, signal);
  } catch (error) {
    signal.throwIfAborted();
    // As libpq: a server without TLS, or one whose TLS does not come about, is used without where that is good enough.
    const mayGoWithout = server.tls.mode === "prefer" && ssl !== undefined;
    if (!mayGoWithout || !attempt.isReached || attempt.isSecure) throw error;
    connection = await connectOnce(server, undefined, { isReached: false, isSecure: false }, signal);
  }
  const abort = () => connection.destroy(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(abort, server.connectTimeoutMs);
  try {
    await connection.run(sessionSettings);
    await connection.run(livenessSetting).catch((error: unknown) => {
      if (!(error instanceof ServerError) || error.isFatal) throw error;
    });
    return connection;
  } catch (error) {
    connection.destroy(error);
    signal.throwIfAborted();
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

interface Attempt {
  /** The server took the connection, and TLS came about. */
  isReached: boolean;
  isSecure: boolean;
}

async function connectOnce(
  server: PostgresServer,
  ssl: Awaited<ReturnType<typeof tlsOptions>>,
  attempt: Attempt,
  signal: AbortSignal,
): Promise<PostgresConnection> {
  signal.throwIfAborted();
  const client = new pg.Client({
    host: server.host,
    port: server.port,
    user: server.user,
    database: server.database,
    // A function, so that neither the environment nor a password file of this user is asked instead.
    password: async () => {
      if (server.password === undefined) throw new Error("the server asks for a password, and there is none");
      return server.password;
    },
    ssl: ssl ?? false,
    application_name: "lenswire",
    client_encoding: "UTF8",
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    connectionTimeoutMillis: server.connectTimeoutMs,
  });
  // What happens to the socket is told by what reads from it.
  client.on("error", () => {});
  const startup = watchStartup(client, ssl !== undefined, attempt);
  const abort = () => client.connection.stream.destroy(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await client.connect();
    return takeOver(server, client.connection.stream, attempt.isSecure, startup);
  } catch (error) {
    client.connection.stream.destroy();
    throw error instanceof pg.DatabaseError ? serverErrorOf(error) : error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** What was said before the first ReadyForQuery. */
interface Startup {
  key: { readonly processId: number; readonly key: Buffer } | undefined;
  encoding: string | undefined;
}

/** Reads along with `pg`, for the cancel key as long as it is and for what the server says of itself. */
function watchStartup(client: pg.Client, withTls: boolean, attempt: Attempt): Startup {
  const startup: Startup = { key: undefined, encoding: undefined };
  const take = (message: BackendMessage) => {
    if (message.kind !== "message") return;
    const { type, body } = message;
    if (type === backend.backendKeyData) {
      startup.key = { processId: body.readInt32BE(0), key: Buffer.from(body.subarray(4)) };
    } else if (type === backend.parameterStatus) {
      const [name, value] = body.toString("utf8").split("\0");
      if (name === "server_encoding") startup.encoding = value;
    }
  };
  const reader = new BackendReader(take);
  client.connection.once("connect", () => {
    attempt.isReached = true;
  });
  client.connection.once(withTls ? "sslconnect" : "connect", () => {
    const { stream } = client.connection;
    if (withTls) {
      stream.once("secureConnect", () => {
        attempt.isSecure = true;
      });
    }
    stream.on("data", (chunk: Buffer) => reader.push(chunk));
  });
  return startup;
}

/** From the first ReadyForQuery on, the socket is ours alone. */
function takeOver(
  server: PostgresServer,
  socket: Duplex,
  isSecure: boolean,
  startup: Startup,
): PostgresConnection {
  socket.removeAllListeners("data");
  if (startup.encoding === "SQL_ASCII") {
    throw new Error("the database's encoding is SQL_ASCII, so that nobody knows what its texts say");
  }
  if (startup.key === undefined) throw new Error("the server gave no key to cancel queries with");
  return new PostgresConnection(server, socket, isSecure, startup.key);
}

function serverErrorOf(error: pg.DatabaseError): ServerError {
  return new ServerError(
    new Map([
      ["M", error.message],
      ["C", error.code ?? "XX000"],
      ["V", error.severity ?? "FATAL"],
      ...(error.detail === undefined ? [] : [["D", error.detail] as const]),
      ...(error.hint === undefined ? [] : [["H", error.hint] as const]),
    ]),
  );
}
