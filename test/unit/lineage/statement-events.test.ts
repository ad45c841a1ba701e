// What a lineage service is told of statements, held against the specification's schema.
import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import type { AuditLog } from "../../../src/audit/audit-log.ts";
import type { AuditRecord, ClosedRecord, OpenedRecord } from "../../../src/audit/audit-record.ts";
import { noAuditLog } from "../../../src/audit/no-audit-log.ts";
import type { RunEvent } from "../../../src/lineage/openlineage.ts";
import { tellingStatements } from "../../../src/lineage/statement-events.ts";
import { runEventSchema } from "../../support/openlineage-schema.ts";

const opened: OpenedRecord = {
  event: "opened",
  id: "0b7e1d3c-2f6a-4e0b-9c59-1a2b3c4d5e6f",
  time: "2026-11-25T10:00:00.000Z",
  user: "mira",
  lens: "public:shop",
  group: "north",
  clientAddress: "127.0.0.1",
  applicationName: undefined,
  sql: "SELECT email, MEASURE(revenue) FROM customers WHERE pan = 'PAN-1' GROUP BY 1",
  sourceSql: "SELECT 'PAN-1'",
  tables: ["customers", "orders"],
  members: [],
  columns: [],
  segments: [],
  masked: [],
  unmasked: [],
  parameters: ["PAN-2"],
  lineage: {
    columns: [
      {
        name: "email",
        type: "text",
        direct: [{ member: "customers.email", use: "identity", masked: "md5" }],
        indirect: [],
      },
      {
        name: "revenue",
        type: "numeric(38,2)",
        direct: [{ member: "orders.revenue", use: "aggregation" }],
        indirect: [{ column: "orders.customer_id", use: "join" }],
      },
    ],
    rows: [
      { member: "customers.email", use: "group", masked: "md5" },
      { member: "customers.pan", use: "filter", masked: "redact" },
    ],
    members: [{ member: "customers.email", columns: ["customers.email"] }],
  },
};

const closed: ClosedRecord = {
  ...{ event: "closed", time: "2026-11-25T10:00:01.000Z", id: opened.id, outcome: "00000" },
  ...{ rows: 3, bytes: 71, durationMs: 12, stages: {} },
};

function telling(options: { readonly sql?: boolean; readonly log?: AuditLog } = {}) {
  const events: RunEvent[] = [];
  const log = tellingStatements(options.log ?? noAuditLog, {
    namespace: "lenswire",
    sql: options.sql ?? false,
    operator: "(operator)",
    typeOf: (lens, member) => (lens === "public:shop" && member === "customers.email" ? "text" : undefined),
    send: (event) => events.push(event),
    onError: (error) => {
      throw error;
    },
  });
  return { events, log };
}

async function told(records: readonly AuditRecord[], options: { readonly sql?: boolean } = {}) {
  const { events, log } = telling(options);
  for (const record of records) await log.write(record);
  for (const event of events) runEventSchema.parse(JSON.parse(JSON.stringify(event)));
  return events;
}

test("a statement is a run with its inputs, its result, and where each column comes from", async () => {
  const [start, complete, ...more] = await told([opened, closed]);
  expect(more).toEqual([]);
  expect(start).toMatchObject({ eventType: "START", eventTime: opened.time, run: { runId: opened.id } });
  expect(start?.run.facets).toBeUndefined();
  expect(start?.inputs).toMatchObject([
    {
      namespace: "lenswire",
      name: "public:shop.customers",
      facets: { schema: { fields: [{ name: "email", type: "text" }, { name: "pan" }] } },
    },
    {
      name: "public:shop.orders",
      facets: { schema: { fields: [{ name: "customer_id" }, { name: "revenue" }] } },
    },
  ]);
  const field = (table: string, name: string) => ({ name: `public:shop.${table}`, field: name });
  expect(start?.outputs).toMatchObject([
    {
      name: start?.job.name,
      facets: {
        schema: {
          fields: [
            { name: "email", type: "text" },
            { name: "revenue", type: "numeric(38,2)" },
          ],
        },
        columnLineage: {
          fields: {
            email: {
              inputFields: [
                {
                  ...field("customers", "email"),
                  transformations: [{ type: "DIRECT", subtype: "IDENTITY", masking: true }],
                },
              ],
            },
            revenue: {
              inputFields: [
                {
                  ...field("orders", "revenue"),
                  transformations: [{ type: "DIRECT", subtype: "AGGREGATION", masking: false }],
                },
                {
                  ...field("orders", "customer_id"),
                  transformations: [{ type: "INDIRECT", subtype: "JOIN" }],
                },
              ],
            },
          },
          dataset: [
            {
              ...field("customers", "email"),
              transformations: [{ type: "INDIRECT", subtype: "GROUP_BY", masking: true }],
            },
            {
              ...field("customers", "pan"),
              transformations: [{ type: "INDIRECT", subtype: "FILTER", masking: true }],
            },
          ],
        },
      },
    },
  ]);
  expect(complete).toMatchObject({
    ...{ eventType: "COMPLETE", eventTime: closed.time, run: { runId: opened.id } },
    ...{ job: start?.job, inputs: start?.inputs },
    outputs: [{ ...start?.outputs[0], outputFacets: { outputStatistics: { rowCount: 3, size: 71 } } }],
  });
});

test.each([
  ["00000", "COMPLETE", undefined],
  ["22012", "FAIL", "SQLSTATE 22012 (division_by_zero)"],
  ["HV000", "FAIL", "SQLSTATE HV000 (fdw_error)"],
  ["57014", "ABORT", "SQLSTATE 57014 (query_canceled)"],
  ["25P04", "ABORT", "SQLSTATE 25P04 (transaction_timeout)"],
  ["25006", "FAIL", "SQLSTATE 25006 (read_only_sql_transaction)"],
])("outcome %s ends the run with %s", async (outcome, eventType, message) => {
  const [, end] = await told([opened, { ...closed, outcome }]);
  expect(end).toMatchObject({ eventType });
  expect(end?.run.facets?.errorMessage.message).toBe(message);
});

test("the text is told where it is allowed, and no other value ever", async () => {
  const withText = JSON.stringify(await told([opened, closed], { sql: true }));
  expect(withText).toContain("WHERE pan = 'PAN-1'");
  expect(withText).not.toContain("PAN-2");
  expect(JSON.stringify(await told([opened, { ...closed, outcome: "22012" }]))).not.toContain("PAN-");
});

test("statements of one lineage are one job, others are others", async () => {
  const nameOf = async (record: OpenedRecord) => (await told([record]))[0]?.job.name;
  const id = randomUUID();
  expect(await nameOf({ ...opened, id, sql: "SELECT 'other text'" })).toBe(await nameOf(opened));
  const rows = opened.lineage.rows.slice(1);
  expect(await nameOf({ ...opened, lineage: { ...opened.lineage, rows } })).not.toBe(await nameOf(opened));
});

test("what is no run of a reader is not told", async () => {
  const login = { ...opened, event: "login" as const, outcome: "00000" };
  expect(await told([login, { ...opened, user: "(operator)" }, closed])).toEqual([]);
});

test("what could not be recorded did not run, and is not told", async () => {
  const log: AuditLog = { write: () => Promise.reject(new Error("full")), close: async () => {} };
  const { events, log: failing } = telling({ log });
  await expect(failing.write(opened)).rejects.toThrow("full");
  expect(events).toEqual([]);
});

test("telling fails no record", async () => {
  const errors: unknown[] = [];
  const log = tellingStatements(noAuditLog, {
    ...{ namespace: "lenswire", sql: false, operator: "(operator)", typeOf: () => undefined },
    send: () => {
      throw new Error("no room");
    },
    onError: (error) => errors.push(error),
  });
  await log.write(opened);
  expect(errors).toMatchObject([{ message: "no room" }]);
});
