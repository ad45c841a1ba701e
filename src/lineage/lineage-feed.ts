// The lineage service of a configuration, connected to the audit's records.
import { setTimeout } from "node:timers/promises";
import type { AuditLog } from "../audit/audit-log.ts";
import type { Clock } from "../clock.ts";
import type { EmitEvent } from "../events.ts";
import { EventQueue } from "./event-queue.ts";
import { type StatementEventsOptions, tellingStatements } from "./statement-events.ts";

/** Milliseconds that events which wait have to leave when the server stops. */
const drainMs = 5000;

export interface LineageFeed {
  /** The log, with statements told to the service. */
  telling(log: AuditLog): AuditLog;
  /** Events that wait. */
  waiting(): number;
  close(): Promise<void>;
}

export interface LineageFeedOptions extends Omit<StatementEventsOptions, "send" | "onError"> {
  readonly url: string;
  readonly apiKey: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly eventsMax: number;
  readonly clock: Clock;
  readonly emit: EmitEvent;
}

export function openLineageFeed(options: LineageFeedOptions): LineageFeed {
  const { url, apiKey, headers, eventsMax, clock, emit } = options;
  const key = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` };
  const wait = (ms: number, signal: AbortSignal) =>
    setTimeout(ms, undefined, { signal }).catch(() => undefined);
  const queue = new EventQueue({ url, headers: { ...headers, ...key }, eventsMax, clock, emit, wait });
  const send: StatementEventsOptions["send"] = (event) => queue.send(event);
  const onError = (error: unknown) => emit({ kind: "internalError", error, where: "lineage" });
  return {
    telling: (log) => tellingStatements(log, { ...options, send, onError }),
    waiting: () => queue.size,
    close: () => queue.drain(drainMs),
  };
}
