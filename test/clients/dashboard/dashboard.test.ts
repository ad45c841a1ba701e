// The HTTP port's page in a browser: nothing without the token, then sessions, charts and tables, and no text of a client
// becomes markup. Needs Chromium.
import { readFile, writeFile } from "node:fs/promises";
import { Client } from "pg";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeDemoFolder, type ServedDemo, serveFolder } from "../../support/served-demo.ts";

const token = "s3cret";
const hostile = "<img src=x onerror=alert(1)>";
let demo: ServedDemo;
let browser: Browser;
let page: Page;
let client: Client;
const complaints: string[] = [];

beforeAll(async () => {
  const folder = await makeDemoFolder({ rows: 5000 });
  const config = await readFile(folder.config, "utf8");
  await writeFile(folder.config, config.replace("admin: {", `admin: { token: ${token},`));
  demo = await serveFolder(folder);
  const { host, port, database } = demo;
  const login = { host, port, database, user: "north", password: "north" };
  client = new Client({ ...login, application_name: hostile });
  client.on("error", () => {});
  await client.connect();
  await client.query("SELECT email, zone, total_balance FROM customers LIMIT 3");
  await client.query(`SELECT zone AS "${hostile}" FROM customers LIMIT 1`);
  browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox"] });
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("dialog", (dialog) => {
    complaints.push("a dialog");
    return dialog.dismiss();
  });
  page.on("console", (message) => {
    if (message.text().includes("Content Security Policy")) complaints.push(message.text());
  });
  await page.goto(`${demo.adminUrl}/`);
});

afterAll(async () => {
  await browser?.close();
  await client?.end().catch(() => {});
  await demo?.close();
});

const rowsOf = (id: string) => page.locator(`#${id} tbody tr`);

test("shows nothing to a wrong token, and does not keep it", async () => {
  await page.fill("#token", "wrong");
  await page.click("text=Show");
  await page.getByText("the token is not accepted").waitFor();
  expect(await page.isVisible("#board")).toBe(false);
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
});

test("shows who is connected, and the last hour", async () => {
  await page.fill("#token", token);
  await page.click("text=Show");
  await page.waitForSelector("#board:not([hidden])");
  const sessions = await rowsOf("sessions").allInnerTexts();
  expect(sessions).toEqual([expect.stringMatching(/north\s+analyst_north.*idle/s)]);
  expect(sessions[0]).toContain(hostile);
  expect(await rowsOf("slowest").allInnerTexts()).toContainEqual(expect.stringContaining(hostile));
  const members = await rowsOf("members").allInnerTexts();
  expect(members[0]).toMatch(/^customers\.zone\s+2/);
  expect(await rowsOf("groups").allInnerTexts()).toEqual([
    expect.stringMatching(/^analyst_north\s+2\s+1\s+2/),
  ]);
  expect(await rowsOf("limits").allInnerTexts()).toContainEqual(
    expect.stringMatching(/^north\s+connectionsPerUser\s+1 of 20/),
  );
  expect(await page.locator("#statements rect.done").count()).toBeGreaterThan(0);
  expect(await page.locator("#latency circle.p95").count()).toBeGreaterThan(0);
  expect(await page.locator("#figures").textContent()).toMatch(/Statements this hour\s*2\D/);
  expect(await page.locator("img").count()).toBe(0);
});

test("shows no value of a row", async () => {
  const text = await page.locator("body").textContent();
  const { rows } = await client.query("SELECT email FROM customers LIMIT 1");
  expect(text).not.toContain(rows[0].email);
});

test("ends a session", async () => {
  const ended = new Promise((resolve) => client.on("error", resolve));
  await page.click("#sessions button:text('End')");
  expect(await ended).toMatchObject({ code: "57P01" });
  await page.getByText("nothing").first().waitFor();
});

test("forgets the token when asked to, and loaded nothing that its policy forbids", async () => {
  await page.click("#leave");
  expect(await page.isVisible("#board")).toBe(false);
  expect(await page.evaluate("sessionStorage.length")).toBe(0);
  expect(complaints).toEqual([]);
});
