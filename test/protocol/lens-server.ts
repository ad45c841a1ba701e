// Our server for protocol tests, over any query engine.

import { parse } from "libpg-query";
import { noAttributes } from "../../src/attributes.ts";
import { type Clock, systemClock } from "../../src/clock.ts";
import { spoolBytesMax } from "../../src/constants.ts";
import type { QueryEngine } from "../../src/engine/query-engine.ts";
import { Session } from "../../src/engine/session.ts";
import type { Refusal, StatementLimits } from "../../src/engine/session-options.ts";
import { relayedError } from "../../src/errors.ts";
import type { LensEvent } from "../../src/events.ts";
import { ConnectionLimit, type ConnectionLimits } from "../../src/limits/connection-limit.ts";
import { NearLimits } from "../../src/limits/near-limits.ts";
import { SpoolSpace } from "../../src/limits/spool-space.ts";
import { createListener, type Listener, type ListenerOptions } from "../../src/server/listener.ts";
import { createReadBinary, createReadParameter } from "../../src/server/read-parameter.ts";
import type { ParseStatements } from "../../src/sql/statement.ts";

export interface LensServer {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  readonly events: LensEvent[];
  readonly refusals: Refusal[];
  readonly sessions: Session[];
  readonly listener: Listener;
  stop(): Promise<void>;
}

export interface LensServerOptions {
  readonly queries: QueryEngine;
  readonly limits?: Partial<StatementLimits & ConnectionLimits & ListenerOptions["limits"]>;
  readonly listener?: Partial<ListenerOptions>;
  readonly spoolSpace?: SpoolSpace;
  readonly clock?: Clock;
}

export async function startLensServer(options: LensServerOptions): Promise<LensServer> {
  const events: LensEvent[] = [];
  const refusals: Refusal[] = [];
  const sessions: Session[] = [];
  const limits = {
    statementTimeoutMs: 0,
    rowsMax: 100_000,
    onRowsMax: "error" as const,
    queriesPerMinute: 100_000,
    catalogQueriesPerMinute: 100_000,
    connectionsMax: 100,
    connectionsPerUser: 100,
    connectionsPerAddress: 100_000,
    idleTimeoutMs: 0,
    loginFailuresPerUser: 100_000,
    loginFailuresPerAddress: 100_000,
    ...options.limits,
  };
  const spoolSpace = options.spoolSpace ?? new SpoolSpace(spoolBytesMax.together);
  const clock = options.clock ?? systemClock;
  const near = new NearLimits(clock, (event) => events.push(event));
  const listener = await createListener({
    host: "127.0.0.1",
    port: 0,
    authentication: testerAlone,
    limits,
    connectionLimit: new ConnectionLimit(limits, near),
    openSession: async (request) => {
      if (request.databaseName !== "postgres") {
        throw relayedError("3D000", `database "${request.databaseName}" does not exist`);
      }
      const session = new Session({
        ...request,
        lens: "postgres",
        postgresVersion: "18.4",
        limits,
        nearLimits: near,
        spoolSpace,
        parseStatements,
        queries: options.queries,
        readParameter: createReadParameter(systemClock),
        readBinary: createReadBinary(systemClock),
        clock,
        emit: (event) => events.push(event),
        onRefused: async (refusal) => {
          refusals.push(refusal);
        },
      });
      sessions.push(session);
      return session;
    },
    onLogin: async () => {},
    emit: (event) => events.push(event),
    clock: systemClock,
    ...options.listener,
  });
  const { host, port } = listener;
  const credentials = { user: "tester", password: "secret", database: "postgres" };
  return { host, port, ...credentials, events, refusals, sessions, listener, stop: () => listener.close(0) };
}

/** One user, with a password and a credential that always holds. */
export const testerAlone: ListenerOptions["authentication"] = {
  findUser(name) {
    if (name !== "tester") return undefined;
    const credential = {
      identity: { user: name, groups: [], attributes: noAttributes },
      check: () => undefined,
    };
    return { name, password: "secret", scram: undefined, certificate: undefined, credential };
  },
  verifiers: () => [],
  methodFor: () => "scram",
  verifyToken: async () => undefined,
};

/** libpg-query as it is, enough for statements of tests. */
export const parseStatements: ParseStatements = async (text) => {
  let parsed: Awaited<ReturnType<typeof parse>>;
  try {
    parsed = await parse(text);
  } catch (error) {
    // The parser calls a text without statements an error.
    if (/^(\s|;|--[^\n]*|\/\*[\s\S]*?\*\/)*$/.test(text)) return [];
    const details = (error as { sqlDetails?: { message: string; cursorPosition: number } }).sqlDetails;
    const position =
      details === undefined ? undefined : Array.from(text.slice(0, details.cursorPosition)).length + 1;
    throw relayedError("42601", details?.message ?? "syntax error", { position });
  }
  const bytes = Buffer.from(text);
  return (parsed.stmts ?? []).map((each) => {
    const start = each.stmt_location ?? 0;
    const end = each.stmt_len === undefined ? bytes.length : start + each.stmt_len;
    const whole = bytes.toString("utf8", start, end);
    const trimmed = whole.trimStart();
    const offset = bytes.toString("utf8", 0, start).length + whole.length - trimmed.length;
    const bytesBefore = start + Buffer.byteLength(whole) - Buffer.byteLength(trimmed);
    return { text: trimmed, offset, node: each.stmt as never, bytesBefore };
  });
};
