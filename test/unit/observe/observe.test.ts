import { describe, expect, test } from "vitest";
import { lensError } from "../../../src/errors.ts";
import type { LensEvent } from "../../../src/events.ts";
import { combineListeners } from "../../../src/observe/combine-listeners.ts";
import { createLogger, logEvents } from "../../../src/observe/logger.ts";
import { createMetrics } from "../../../src/observe/metrics.ts";

const statement: LensEvent = {
  kind: "statementFinished",
  statementKind: "lens",
  user: "analyst",
  lens: "public:market",
  sqlstate: "00000",
  rows: 12,
  durationMs: 40,
};
const everyKind: readonly LensEvent[] = [
  { kind: "connectionOpened", connection: 1, address: "127.0.0.1" },
  { kind: "connectionOpened", connection: 2, address: "127.0.0.1" },
  { kind: "connectionClosed", connection: 1, reason: "client" },
  { kind: "loginSucceeded", user: "analyst", group: "analyst", lens: "public:market" },
  { kind: "loginFailed", user: "mallory", address: "127.0.0.1", sqlstate: "28P01" },
  statement,
  { ...statement, sqlstate: "57014", rows: 0, limit: "statementTimeout" },
  { kind: "limitNear", limit: "requestsPerMinute", subject: "analyst", used: 80, max: 100 },
  { kind: "stageTimed", stage: "compile", durationMs: 0.4 },
  { kind: "workerReplaced", lens: "public:market", group: "analyst", reason: "timeout" },
  { kind: "internalError", error: new Error("bug"), where: "connection" },
  { kind: "warehouseFailed", reference: "abc123", text: "Binder Error: nope", sql: "SELECT nope" },
  { kind: "identityProviderFailed", provider: "heimdall", error: new Error("timeout") },
  { kind: "limitStoreAsked", operation: "take", durationMs: 2, failed: false },
  { kind: "limitStoreAsked", operation: "take", durationMs: 4, failed: true },
  { kind: "limitStoreBack", awayMs: 5000 },
  { kind: "limitStoreLost", reason: "ECONNREFUSED" },
  { kind: "webhookFailed", error: new Error("404") },
  { kind: "auditFailed", error: new Error("ENOSPC") },
  { kind: "auditRotationFailed", error: new Error("EACCES") },
];

describe("metrics", () => {
  test("count every kind of event", async () => {
    const metrics = createMetrics();
    for (const event of everyKind) metrics.listen(event);
    const page = await metrics.render();
    const values = Object.fromEntries(
      page
        .split("\n")
        .filter((line) => line.startsWith("lenswire_") && !line.includes("_bucket"))
        .map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    );
    expect(values).toEqual({
      lenswire_connections_open: 1,
      lenswire_connections_total: 2,
      'lenswire_logins_total{sqlstate="00000"}': 1,
      'lenswire_logins_total{sqlstate="28P01"}': 1,
      'lenswire_statements_total{kind="lens",lens="public:market",sqlstate="00000"}': 1,
      'lenswire_statements_total{kind="lens",lens="public:market",sqlstate="57014"}': 1,
      'lenswire_rows_total{kind="lens",lens="public:market"}': 12,
      'lenswire_statement_duration_seconds_sum{kind="lens",lens="public:market"}': 0.08,
      'lenswire_statement_duration_seconds_count{kind="lens",lens="public:market"}': 2,
      'lenswire_stage_duration_seconds_sum{stage="compile"}': 0.0004,
      'lenswire_stage_duration_seconds_count{stage="compile"}': 1,
      'lenswire_workers_replaced_total{lens="public:market"}': 1,
      'lenswire_limit_refusals_total{limit="statementTimeout"}': 1,
      'lenswire_limits_near_total{limit="requestsPerMinute"}': 1,
      lenswire_internal_errors_total: 1,
      lenswire_warehouse_failures_total: 1,
      'lenswire_identity_provider_failures_total{provider="heimdall"}': 1,
      'lenswire_limit_store_failures_total{operation="take"}': 1,
      'lenswire_limit_store_duration_seconds_sum{operation="take"}': 0.006,
      'lenswire_limit_store_duration_seconds_count{operation="take"}': 2,
      lenswire_limit_store_away: 1,
      lenswire_webhook_failures_total: 1,
      lenswire_audit_failures_total: 1,
      lenswire_audit_rotation_failures_total: 1,
    });
    expect(page).toContain("process_resident_memory_bytes");
    expect(page).not.toContain("mallory");
  });

  test("of two servers in one process are apart", async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.listen({ kind: "auditFailed", error: new Error("x") });
    expect(await other.render()).toContain("lenswire_audit_failures_total 0");
  });
});

describe("the log", () => {
  function logged(level: "trace" | "info", events: readonly LensEvent[]): Record<string, unknown>[] {
    const lines: string[] = [];
    const logger = createLogger({ level, destination: { write: (line) => lines.push(line) } });
    const listen = logEvents(logger);
    for (const event of events) listen(event);
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  test("has a line for every kind of event at its most talkative", () => {
    expect(logged("trace", everyKind).map(({ msg }) => msg)).toEqual(everyKind.map(({ kind }) => kind));
  });

  test("leaves out at its usual level what happens with every statement", () => {
    expect(logged("info", everyKind).map(({ level, msg }) => `${level} ${msg}`)).toEqual([
      "info loginSucceeded",
      "warn loginFailed",
      "warn limitNear",
      "warn workerReplaced",
      "error internalError",
      "error warehouseFailed",
      "error identityProviderFailed",
      "info limitStoreBack",
      "error limitStoreLost",
      "error webhookFailed",
      "error auditFailed",
      "error auditRotationFailed",
    ]);
  });

  test("joins an internal error to the reference that the client was told", () => {
    const error = lensError("internal_error", "internal error", {
      detail: "The log holds more under the reference 0a1b.",
      cause: new TypeError("assertion failed: secret place"),
    });
    const [line] = logged("info", [{ kind: "internalError", error, where: "connection" }]);
    expect(line).toMatchObject({ err: { detail: "The log holds more under the reference 0a1b." } });
    expect(JSON.stringify(line)).toContain("assertion failed: secret place");
  });

  test("has the warehouse's text under its reference", () => {
    const [line] = logged("info", [
      { kind: "warehouseFailed", reference: "abc", text: "Binder Error", sql: "SELECT 1" },
    ]);
    expect(line).toMatchObject({ reference: "abc", text: "Binder Error", sql: "SELECT 1", level: "error" });
    expect(JSON.stringify(line)).toMatch(/"time":"\d{4}-\d\d-\d\dT[\d:.]+Z"/);
  });
});

test("a listener that throws keeps no event from the others", () => {
  const heard: string[] = [];
  const emit = combineListeners(
    () => {
      throw new TypeError("broken");
    },
    (event) => heard.push(event.kind),
  );
  emit(statement);
  expect(heard).toEqual(["statementFinished"]);
});
