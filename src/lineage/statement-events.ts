// Statements as OpenLineage runs: told from the audit's records as they are written, START with `opened` and COMPLETE,
// FAIL or ABORT with `closed`. Statements with the same lineage are runs of one job, whatever values they filter by.
import { createHash } from "node:crypto";
import type { AuditLog } from "../audit/audit-log.ts";
import type { AuditRecord, ClosedRecord, OpenedRecord } from "../audit/audit-record.ts";
import type { LineageUse } from "../column-lineage.ts";
import { sqlstates } from "../sqlstate.ts";
import { type Dataset, eventBase, facet, inputFields, jobOf, type RunEvent } from "./openlineage.ts";

/** Statements that have begun and not ended; of those beyond, the end is not told. */
const openMax = 10_000;

export interface StatementEventsOptions {
  /** Of jobs, of lens tables and of results. */
  readonly namespace: string;
  /** Whether the client's text is told. */
  readonly sql: boolean;
  /** Who explains without running, and is no reader. */
  readonly operator: string;
  /** The type of a member, as PostgreSQL writes it; undefined where there is none of that name. */
  readonly typeOf: (lens: string, member: string) => string | undefined;
  readonly send: (event: RunEvent) => void;
  readonly onError: (error: unknown) => void;
}

type Started = Pick<RunEvent, "job" | "inputs" | "outputs">;

/** The log, with what it is given told. Telling fails no record. */
export function tellingStatements(log: AuditLog, options: StatementEventsOptions): AuditLog {
  const open = new Map<string, Started>();
  const tell = (record: AuditRecord) => {
    if (record.event === "opened" && record.user !== options.operator) {
      const started = startedBy(record, options);
      if (open.size < openMax) open.set(record.id, started);
      const { time, id: runId } = record;
      options.send({ ...eventBase(time), eventType: "START", run: { runId }, ...started });
    } else if (record.event === "closed") {
      const started = open.get(record.id);
      open.delete(record.id);
      if (started !== undefined) options.send(endOf(started, record));
    }
  };
  return {
    async write(record) {
      await log.write(record);
      try {
        tell(record);
      } catch (error) {
        options.onError(error);
      }
    },
    close: () => log.close(),
  };
}

function startedBy(record: OpenedRecord, { namespace, sql, typeOf }: StatementEventsOptions): Started {
  const { lens, tables, lineage } = record;
  const name = `${lens}.query.${identityOf(record)}`;
  const uses = [
    ...lineage.rows,
    ...lineage.columns.flatMap(({ direct, indirect }) => [...direct, ...indirect]),
  ];
  const placeOf = (use: LineageUse) => {
    const [table = "", field = ""] = (use.member ?? use.column ?? "").split(".");
    return { namespace, name: `${lens}.${table}`, field };
  };
  const inputs = tables.map((table): Dataset => {
    const names = uses.map(placeOf).filter(({ name: of }) => of === `${lens}.${table}`);
    const fields = [...new Set(names.map(({ field }) => field))].sort().map((field) => {
      const type = typeOf(lens, `${table}.${field}`);
      return { name: field, ...(type !== undefined && { type }) };
    });
    const schema = { ...facet("SchemaDatasetFacet"), fields };
    return { namespace, name: `${lens}.${table}`, facets: { schema } };
  });
  const fields = lineage.columns.map((column) => [
    column.name,
    { inputFields: inputFields([...column.direct, ...column.indirect], placeOf) },
  ]);
  const result: Dataset = {
    namespace,
    name,
    facets: {
      schema: {
        ...facet("SchemaDatasetFacet"),
        fields: lineage.columns.map((column) => ({ name: column.name, type: column.type })),
      },
      columnLineage: {
        ...facet("ColumnLineageDatasetFacet"),
        fields: Object.fromEntries(fields),
        dataset: inputFields(lineage.rows, placeOf),
      },
    },
  };
  return {
    job: jobOf(namespace, name, sql ? record.sql : undefined),
    inputs,
    outputs: [result],
  };
}

/** A number for the lineage: it holds names of the model and of columns, no values. */
function identityOf({ lens, tables, lineage }: OpenedRecord): string {
  const text = JSON.stringify([lens, tables, lineage]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

function endOf({ job, inputs, outputs }: Started, record: ClosedRecord): RunEvent {
  const { time, id: runId, outcome, rows, bytes } = record;
  const eventType = endType(outcome);
  const statistics = { ...facet("OutputStatisticsOutputDatasetFacet"), rowCount: rows, size: bytes };
  const errorMessage = {
    ...facet("ErrorMessageRunFacet"),
    message: `SQLSTATE ${outcome} (${conditionOf(outcome)})`,
    programmingLanguage: "SQL" as const,
  };
  return {
    ...eventBase(time),
    eventType,
    run: { runId, ...(eventType !== "COMPLETE" && { facets: { errorMessage } }) },
    job,
    inputs,
    outputs: outputs.map((output) => ({ ...output, outputFacets: { outputStatistics: statistics } })),
  };
}

/** Ended from outside (08: the connection, 25P03 and 25P04: its time, 57: cancel, timeout, shutdown), or by itself. */
function endType(outcome: string): RunEvent["eventType"] {
  if (outcome === sqlstates.successful_completion) return "COMPLETE";
  return /^(?:08|57|25P03$|25P04$)/.test(outcome) ? "ABORT" : "FAIL";
}

/** PostgreSQL's name of the condition. A message could hold values. */
function conditionOf(outcome: string): string {
  const found = Object.entries(sqlstates).find(([, code]) => code === outcome);
  return found?.[0] ?? "other";
}
