// The counters behind /metrics, in Prometheus's form. No label takes a value that clients choose, so their number is
// bounded: users are counted in the audit log, not here.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { unreachable } from "../errors.ts";
import type { EmitEvent, LensEvent } from "../events.ts";

export interface Metrics {
  /** The listener that counts. */
  readonly listen: EmitEvent;
  readonly contentType: string;
  /** Adds a value that is asked for whenever the page is. */
  addGauge(gauge: ReadGauge): void;
  /** The page. */
  render(): Promise<string>;
}

export interface ReadGauge {
  readonly name: string;
  readonly help: string;
  /** The name of its one label. */
  readonly label: string;
  /** A value for each value of the label. */
  readonly read: () => Iterable<readonly [label: string, value: number]>;
}

/** From a statement that no warehouse sees to the default statement timeout. */
const statementSeconds = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300,
];
const stageSeconds = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5, 30, 300,
];

export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const meters = createMeters(registry);
  return {
    listen: (event) => count(meters, event),
    addGauge({ name, help, label, read }) {
      new Gauge({
        name,
        help,
        labelNames: [label],
        registers: [registry],
        collect() {
          this.reset();
          for (const [value, count] of read()) this.set({ [label]: value }, count);
        },
      });
    },
    contentType: registry.contentType,
    render: () => registry.metrics(),
  };
}

type Meters = ReturnType<typeof createMeters>;

function createMeters(registry: Registry) {
  const registers = [registry];
  const counter = counterIn(registers);
  return {
    connectionsOpen: new Gauge({
      name: "lenswire_connections_open",
      help: "Client connections open at this moment",
      registers,
    }),
    connections: counter("lenswire_connections_total", "Client connections accepted"),
    logins: counter("lenswire_logins_total", "Logins by outcome", ["sqlstate"]),
    statements: counter("lenswire_statements_total", "Statements by kind and outcome", [
      "kind",
      "lens",
      "sqlstate",
    ]),
    rows: counter("lenswire_rows_total", "Rows sent to clients", ["kind", "lens"]),
    statementSeconds: new Histogram({
      name: "lenswire_statement_duration_seconds",
      help: "Time from a statement's arrival to its last row",
      labelNames: ["kind", "lens"] as const,
      buckets: statementSeconds,
      registers,
    }),
    cacheQuestions: counter(
      "lenswire_cache_questions_total",
      "Plans and catalog answers that were looked for",
      ["cache", "outcome"],
    ),
    stageSeconds: new Histogram({
      name: "lenswire_stage_duration_seconds",
      help: "Time of each stage of a lens statement",
      labelNames: ["stage"] as const,
      buckets: stageSeconds,
      registers,
    }),
    limitRefusals: counter("lenswire_limit_refusals_total", "Logins and statements that ran into a limit", [
      "limit",
    ]),
    limitsNear: counter("lenswire_limits_near_total", "Times that a limit was four fifths used", ["limit"]),
    ...createOperationMeters(registers),
  };
}

function counterIn(registers: Registry[]) {
  return <T extends string>(name: string, help: string, labelNames: readonly T[] = []) =>
    new Counter({ name, help, labelNames, registers });
}

/** Of the parts beside the statements of clients: what went wrong, and how often they were asked. */
function createOperationMeters(registers: Registry[]) {
  const counter = counterIn(registers);
  return {
    workersReplaced: counter("lenswire_workers_replaced_total", "Catalog workers ended and started anew", [
      "lens",
    ]),
    internalErrors: counter("lenswire_internal_errors_total", "Faults of the program"),
    warehouseFailures: counter(
      "lenswire_warehouse_failures_total",
      "Statements that the warehouse could not run",
    ),
    identityProviderFailures: counter(
      "lenswire_identity_provider_failures_total",
      "Questions to an identity provider that it did not answer as it should",
      ["provider"],
    ),
    ...createStoreMeters(registers),
    reloads: counter("lenswire_reloads_total", "Reloads of models, users and certificates", ["outcome"]),
    webhookFailures: counter("lenswire_webhook_failures_total", "Messages that the webhook did not take"),
    lineageEvents: counter("lenswire_lineage_events_total", "OpenLineage events by what became of them", [
      "outcome",
    ]),
    auditFailures: counter("lenswire_audit_failures_total", "Audit records that could not be written"),
    auditRotationFailures: counter(
      "lenswire_audit_rotation_failures_total",
      "Times that the audit could not go on to a new file, or not delete an old one",
    ),
  };
}

/** Of the store that replicas count their limits in. */
function createStoreMeters(registers: Registry[]) {
  return {
    storeAway: new Gauge({
      name: "lenswire_limit_store_away",
      help: "1 while the store that replicas count their limits in is away",
      registers,
    }),
    storeFailures: counterIn(registers)(
      "lenswire_limit_store_failures_total",
      "Questions that the store of limits did not answer as it should",
      ["operation"],
    ),
    storeSeconds: new Histogram({
      name: "lenswire_limit_store_duration_seconds",
      help: "Time of each question to the store of limits",
      labelNames: ["operation"] as const,
      buckets: stageSeconds,
      registers,
    }),
  };
}

function count(meters: Meters, event: LensEvent): void {
  switch (event.kind) {
    case "connectionOpened":
      meters.connections.inc();
      meters.connectionsOpen.inc();
      return;
    case "connectionClosed":
      meters.connectionsOpen.dec();
      return;
    case "loginSucceeded":
      meters.logins.inc({ sqlstate: "00000" });
      return;
    case "loginFailed":
      meters.logins.inc({ sqlstate: event.sqlstate });
      if (event.limit !== undefined) meters.limitRefusals.inc({ limit: event.limit });
      return;
    case "statementFinished": {
      const labels = { kind: event.statementKind, lens: event.lens };
      meters.statements.inc({ ...labels, sqlstate: event.sqlstate });
      meters.rows.inc(labels, event.rows);
      if (event.limit !== undefined) meters.limitRefusals.inc({ limit: event.limit });
      meters.statementSeconds.observe(labels, event.durationMs / 1000);
      return;
    }
    case "cacheAsked":
      meters.cacheQuestions.inc({ cache: event.cache, outcome: event.hit ? "hit" : "miss" });
      return;
    case "limitNear":
      meters.limitsNear.inc({ limit: event.limit });
      return;
    case "stageTimed":
      meters.stageSeconds.observe({ stage: event.stage }, event.durationMs / 1000);
      return;
    default:
      countOperation(meters, event);
  }
}

type OperationEvent = Exclude<
  LensEvent,
  {
    readonly kind:
      | "connectionOpened"
      | "connectionClosed"
      | "loginSucceeded"
      | "loginFailed"
      | "statementFinished"
      | "cacheAsked"
      | "limitNear"
      | "stageTimed";
  }
>;

function countOperation(meters: Meters, event: OperationEvent): void {
  switch (event.kind) {
    case "workerReplaced":
      meters.workersReplaced.inc({ lens: event.lens });
      return;
    case "internalError":
      meters.internalErrors.inc();
      return;
    case "warehouseFailed":
      meters.warehouseFailures.inc();
      return;
    case "identityProviderFailed":
      meters.identityProviderFailures.inc({ provider: event.provider });
      return;
    case "limitStoreAsked":
      meters.storeSeconds.observe({ operation: event.operation }, event.durationMs / 1000);
      if (event.failed) meters.storeFailures.inc({ operation: event.operation });
      return;
    case "limitStoreLost":
      meters.storeAway.set(1);
      return;
    case "limitStoreBack":
      meters.storeAway.set(0);
      return;
    case "reloaded":
      meters.reloads.inc({ outcome: "done" });
      return;
    case "reloadFailed":
      meters.reloads.inc({ outcome: "refused" });
      return;
    case "webhookFailed":
      meters.webhookFailures.inc();
      return;
    case "lineageSent":
      meters.lineageEvents.inc({ outcome: "sent" });
      return;
    case "lineageLeftOut":
      meters.lineageEvents.inc({ outcome: "left out" });
      return;
    case "lineageLost":
      return;
    case "auditFailed":
      meters.auditFailures.inc();
      return;
    case "auditRotationFailed":
      meters.auditRotationFailures.inc();
      return;
    default:
      unreachable(event);
  }
}
