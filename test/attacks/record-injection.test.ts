// The attacker wants a line of their own in the audit or the log: a record of what never was, or a terminal that does as
// they say. The same words are found there, as part of one record, so that nothing is kept from its reader.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runProgram } from "../support/program.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault } from "./vault-lens.ts";

const forged = '{"event":"login","user":"admin","outcome":"00000"}';
const escapes = "\u001b[2J\u001b]0;owned\u0007\u009b31m";
const names: Readonly<Record<string, string>> = {
  "a line feed": `x\n${forged}\n`,
  "a carriage return": `x\r${forged}\r`,
  "a line separator": `x\u2028${forged}\u2029`,
  "a quote": `x","user":"admin`,
  "escapes of terminals": `x${escapes}`,
  "a direction": "x\u202enimda",
  "a prototype": "__proto__",
  markup: "<script>alert(1)</script>",
  "a format": "%s%n%x $(id) `id`",
};
let server: AttackServer;
/** What was said of the configuration is for its author, before anybody came. */
let begun = 0;

beforeAll(async () => {
  const users = Object.fromEntries([...Object.values(names), "plain"].map((name) => [name, ["open"]]));
  server = await startAttackServer({
    lenses: [vault],
    users,
    limits: "  loginFailuresPerUser: 10000\n  loginFailuresPerAddress: 10000",
  });
  begun = server.log().length;
});
afterAll(() => server?.stop());

/** Each line is one whole record, none of them the attacker's. */
async function records(): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const text = await server.auditText();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are not there is what is tested.
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  const all = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(all.filter(({ user }) => user === "admin")).toEqual([]);
  return all;
}

describe.each(Object.entries(names))("%s", (_, hostile) => {
  it("in a user's name", async () => {
    const client = await server.connect(hostile).catch(() => undefined);
    await client?.ask("SELECT id FROM accounts LIMIT 1");
    await client?.end();
    await server.connect(`${hostile} nobody`).catch(() => undefined);
    const users = (await records()).map(({ user }) => user);
    expect(users).toContain(hostile);
    expect(users).toContain(`${hostile} nobody`);
  });

  it("in a statement, an alias and the application's name", async () => {
    const client = await server.connect("plain", "vault", { application_name: hostile });
    const sql = `SELECT '${hostile}' AS "${hostile.replaceAll('"', '""')}", id FROM accounts LIMIT 1`;
    await client.ask(sql);
    await client.ask(`SELECT "${hostile.replaceAll('"', '""')}" FROM accounts`);
    await client.end();
    const texts = (await records()).map(({ sql: text }) => text);
    expect(texts.some((text) => typeof text === "string" && text.includes(hostile))).toBe(true);
  });

  it("in a database's name", async () => {
    await server.connect("plain", `vault${hostile}`).catch(() => undefined);
    expect(JSON.stringify(await records())).toContain(JSON.stringify(`vault${hostile}`).slice(1, -1));
  });
});

it("the log has a line for each event, and none of the attacker's", () => {
  const lines = server
    .log()
    .slice(begun)
    .split("\n")
    .filter((line) => line !== "");
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    expect(JSON.parse(line)).toHaveProperty("level");
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are not there is what is tested.
    expect(line).not.toMatch(/[\u0000-\u001f]/);
  }
});

it("who asks the audit is shown their words, and not their control characters", async () => {
  const { stdout, code } = await runProgram([
    "audit",
    ...["--config", `${server.folder}/config.yaml`],
    ...["--sql", 'SELECT "user", "sql" FROM audit', "--format", "table"],
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain("owned");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that they are not there is what is tested.
  expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028\u2029\u202e]/);
});

it("metrics have no name that a client chose", async () => {
  const text = await (await fetch(`${server.adminUrl}/metrics`)).text();
  expect(text).toContain("lenswire_");
  for (const part of ["owned", "nimda", "<script", "admin", "__proto__", "plain"])
    expect(text).not.toContain(part);
});
