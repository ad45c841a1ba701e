// Apache Superset over the demo lens, as a person uses it: a database is connected, its tables are listed, their columns
// come with types, and a chart of measures over a time range is drawn in a browser. Needs Python 3.11 and Chromium.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { demoFile, type ServedDemo, serveDemo } from "../../support/served-demo.ts";
import { type Superset, startSuperset } from "./superset-server.ts";

/** The screenshot of the documents; written anew with SCREENSHOT_UPDATE=1. */
const screenshot = fileURLToPath(new URL("../../../docs/superset.jpg", import.meta.url));

let demo: ServedDemo;
let superset: Superset;
let database: number;
let dataset: number;

beforeAll(async () => {
  demo = await serveDemo({ rows: 5000, limits: ["queriesPerMinute: 100000"] });
  superset = await startSuperset();
}, 900_000);

afterAll(async () => {
  await superset?.stop();
  await demo?.close();
});

interface Column {
  readonly column_name: string;
  readonly type: string;
  readonly is_dttm: boolean;
  readonly description: string | null;
}

test("connects, and lists the tables and views of the lens", async () => {
  const created = await superset.ask("POST", "/api/v1/database/", {
    database_name: "lens",
    sqlalchemy_uri: `postgresql+psycopg2://analyst:analyst@127.0.0.1:${demo.port}/${demo.database}`,
  });
  database = Number(created["id"]);
  const { result } = await superset.ask("GET", `/api/v1/database/${database}/tables/?q=(schema_name:public)`);
  const names = (result as readonly { readonly value: string }[]).map(({ value }) => value);
  expect(names).toEqual(["customer_activity", "customers", "debit_to_credit", "transactions"]);
});

test("knows the columns of a table with their types and descriptions", async () => {
  const wanted = { database, schema: "public", table_name: "transactions" };
  dataset = Number((await superset.ask("POST", "/api/v1/dataset/", wanted))["id"]);
  const { result } = await superset.ask("GET", `/api/v1/dataset/${dataset}`);
  const columns = new Map(
    (result as { readonly columns: readonly Column[] }).columns.map((each) => [each.column_name, each]),
  );
  expect(columns.get("transaction_time")).toMatchObject({
    type: "TIMESTAMP WITHOUT TIME ZONE",
    is_dttm: true,
  });
  expect(columns.get("amount")).toMatchObject({ type: "NUMERIC(12, 2)" });
  expect(columns.get("debit_amount")?.description).toMatch(/^measure \(sum\)/);
});

test("draws a chart of measures by month in a time range, with the numbers of the raw rows", async () => {
  const params = {
    datasource: `${dataset}__table`,
    viz_type: "echarts_timeseries_bar",
    x_axis: "transaction_time",
    time_grain_sqla: "P1M",
    metrics: [
      {
        expressionType: "SIMPLE",
        column: { column_name: "debit_amount" },
        aggregate: "SUM",
        label: "Debits",
      },
      { expressionType: "SQL", sqlExpression: "MEASURE(credit_amount)", label: "Credits" },
    ],
    groupby: [],
    adhoc_filters: [
      {
        clause: "WHERE",
        expressionType: "SIMPLE",
        subject: "transaction_time",
        operator: "TEMPORAL_RANGE",
        comparator: "2024-01-01 : 2024-07-01",
      },
    ],
    row_limit: 10_000,
  };
  const chart = await superset.ask("POST", "/api/v1/chart/", {
    slice_name: "Debits and credits by month",
    viz_type: params.viz_type,
    datasource_id: dataset,
    datasource_type: "table",
    params: JSON.stringify(params),
  });
  const shown = await shownInBrowser(Number(chart["id"]));
  expect(shown).toEqual(
    await rawRows(
      `SELECT epoch_ms(date_trunc('month', ts)) AS transaction_time,
         sum(amount) FILTER (WHERE type = 'debit' AND status = 'Success') AS "Debits",
         sum(amount) FILTER (WHERE type = 'credit' AND status = 'Success') AS "Credits"
       FROM transactions WHERE ts >= '2024-01-01' AND ts < '2024-07-01' GROUP BY 1 ORDER BY 1`,
    ),
  );
}, 300_000);

/** Rows of the warehouse without Lenswire, their values as JavaScript's numbers. */
async function rawRows(sql: string): Promise<Record<string, number>[]> {
  const instance = await DuckDBInstance.create(join(demo.folder, demoFile), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(sql)).getRowObjectsJson();
    return rows.map((row) =>
      Object.fromEntries(Object.entries(row).map(([key, value]) => [key, Number(value)])),
    );
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

/** What the browser asked for and got to draw the chart, sorted by time. */
async function shownInBrowser(chart: number): Promise<unknown> {
  const browser = await chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
    ],
  });
  try {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    await context.addCookies(superset.cookies.map((cookie) => ({ ...cookie, url: superset.url })));
    const page = await context.newPage();
    const answer = page.waitForResponse((response) => response.url().includes("/api/v1/chart/data"), {
      timeout: 120_000,
    });
    await page.goto(`${superset.url}/explore/?slice_id=${chart}`);
    const { result } = await (await answer).json();
    // Drawn: ECharts has put its canvas on the page, and the number of rows stands above it.
    await page.getByText("6 rows").waitFor({ timeout: 60_000 });
    await page.locator("canvas").first().waitFor({ timeout: 60_000 });
    if (process.env["SCREENSHOT_UPDATE"] === "1") await page.screenshot({ path: screenshot, quality: 62 });
    const rows = result[0].data as readonly { readonly transaction_time: number }[];
    return rows.toSorted((one, other) => one.transaction_time - other.transaction_time);
  } finally {
    await browser.close();
  }
}
