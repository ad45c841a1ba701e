// OpenLineage events of a served demo, as a lineage service gets them.
import { appendFile } from "node:fs/promises";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { JsonReceiver } from "../support/json-receiver.ts";
import { runEventSchema } from "../support/openlineage-schema.ts";
import { type DemoFolder, makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

const events: ReturnType<typeof runEventSchema.parse>[] = [];
const keys = new Set<string | undefined>();
let service: JsonReceiver;
let demo: DemoFolder;
let served: ServedDemo | undefined;

beforeAll(async () => {
  service = await JsonReceiver.start((body, { headers }) => {
    events.push(runEventSchema.parse(body));
    keys.add(headers.authorization);
    return 201;
  });
  demo = await makeDemoFolder();
  const url = `${service.url}/api/v1/lineage`;
  await appendFile(demo.config, `lineage: {url: "${url}", apiKey: "\${LINEAGE_KEY}", namespace: demo}\n`);
  vi.stubEnv("LINEAGE_KEY", "key-of-lineage");
});
afterEach(() => {
  events.length = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  if (served?.program.isRunning === true) await served.stop();
  await demo?.remove();
  await service.close();
});

/** What the service has got when the server has stopped: nothing of it is lost. */
async function eventsOf(run: (client: Client) => Promise<void>) {
  served = await serveFolder(demo);
  const { host, port, database } = served;
  const client = new Client({ host, port, database, user: "north", password: "north" });
  await client.connect();
  await run(client);
  await client.end();
  await served.stop();
  served = undefined;
  return [...events];
}

test("a statement is told with its lineage, its rows and how it ended", async () => {
  const all = await eventsOf(async (client) => {
    const { rows } = await client.query(
      "SELECT zone, email, MEASURE(customer_count) AS n FROM customers GROUP BY 1, 2 LIMIT 3",
    );
    expect(rows.length).toBe(3);
    await client.query("SELECT 1 / (customer_id - customer_id) FROM customers").catch(() => undefined);
    await client.query("SELECT 1");
  });
  expect(all.map(({ eventType }) => eventType).sort()).toEqual(["COMPLETE", "FAIL", "START", "START"]);
  const complete = all.find(({ eventType }) => eventType === "COMPLETE");
  const table = "public:customer-data-market-place.customers";
  expect(complete).toMatchObject({
    job: {
      namespace: "demo",
      name: expect.stringMatching(/^public:customer-data-market-place\.query\.[0-9a-f]{16}$/),
    },
    inputs: [
      {
        namespace: "demo",
        name: table,
        facets: { schema: { fields: expect.arrayContaining([{ name: "zone", type: "text" }]) } },
      },
    ],
    outputs: [
      {
        facets: {
          schema: {
            fields: [
              { name: "zone", type: "text" },
              { name: "email", type: "text" },
              { name: "n", type: "bigint" },
            ],
          },
          columnLineage: {
            fields: {
              zone: {
                inputFields: [{ name: table, field: "zone", transformations: [{ subtype: "IDENTITY" }] }],
              },
              email: {
                inputFields: [{ field: "email", transformations: [{ subtype: "IDENTITY", masking: true }] }],
              },
              n: {
                inputFields: [{ field: "customer_count", transformations: [{ subtype: "AGGREGATION" }] }],
              },
            },
            dataset: expect.arrayContaining([expect.objectContaining({ field: "north_only" })]),
          },
        },
        outputFacets: { outputStatistics: { rowCount: 3 } },
      },
    ],
  });
  expect(complete?.job.facets.sql).toBeUndefined();
  const failed = all.find(({ eventType }) => eventType === "FAIL");
  expect(failed?.run.facets?.errorMessage).toMatchObject({ message: "SQLSTATE 22012 (division_by_zero)" });
  expect(all.filter(({ run }) => run.runId === failed?.run.runId).map(({ eventType }) => eventType)).toEqual([
    "START",
    "FAIL",
  ]);
  expect([...keys]).toEqual(["Bearer key-of-lineage"]);
});

test("a service that is gone costs no statement anything, and what it missed is counted", async () => {
  await service.close();
  served = await serveFolder(demo);
  const { host, port, database, adminUrl, program } = served;
  const client = new Client({ host, port, database, user: "north", password: "north" });
  await client.connect();
  for (let count = 0; count < 5; count += 1) await client.query("SELECT DISTINCT zone FROM customers");
  await client.end();
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
  expect(metrics).toMatch(/^lenswire_lineage_waiting\{to="service"\} \d+$/m);
  await served.stop();
  expect(program.stderr).toMatch(/"events":\d+.*"msg":"lineageLost"/);
});
