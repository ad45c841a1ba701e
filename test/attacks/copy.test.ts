// COPY shows what SELECT shows: the same rows, the same masks, the same refusals.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";

let server: AttackServer;
let guarded: RawClient;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  guarded = await RawClient.connect(server.host, server.port);
  await guarded.login({ user: "guarded", password: "guarded", database: "vault" });
});

afterAll(async () => {
  guarded?.destroy();
  await server?.stop();
});

async function ask(sql: string): Promise<RawMessage[]> {
  guarded.sendQuery(sql);
  return guarded.until("ReadyForQuery");
}

const copied = (messages: readonly RawMessage[]) =>
  messages.filter(({ type }) => type === "CopyData").map(({ data }) => String(data));

/** Rows as COPY spells them; no value of these lenses needs an escape. */
const selected = (messages: readonly RawMessage[]) =>
  messages
    .filter(({ type }) => type === "DataRow")
    .map(({ values }) => `${(values as (string | null)[]).map((value) => value ?? "\\N").join("\t")}\n`);

const errorOf = (messages: readonly RawMessage[]) =>
  messages.find(({ type }) => type === "ErrorResponse")?.["code"];

const queries = [
  "SELECT * FROM accounts ORDER BY id",
  "SELECT id, email, phone, owner, balance FROM accounts ORDER BY id",
  "SELECT * FROM branches ORDER BY id",
  "SELECT id, amount, memo FROM payments ORDER BY id",
  "WITH a AS (SELECT * FROM accounts) SELECT id, email FROM a ORDER BY id",
  "SELECT phone, MEASURE(total_balance) FROM accounts GROUP BY 1 ORDER BY 1",
  "SELECT count(*) FROM accounts",
  "SELECT id FROM accounts WHERE phone = '+49-151-7777'",
];

describe("a guarded user is copied what is selected", () => {
  it.each(queries)("%s", async (query) => {
    const rows = selected(await ask(query));
    const answer = await ask(`COPY (${query}) TO STDOUT`);
    expect(errorOf(answer)).toBeUndefined();
    expect(copied(answer)).toEqual(rows);
  });

  it.each(["accounts", "branches", "payments"])("of the table %s", async (table) => {
    const rows = selected(await ask(`SELECT * FROM ${table}`));
    expect(rows.length).toBeGreaterThan(0);
    expect(copied(await ask(`COPY ${table} TO STDOUT`)).sort()).toEqual(rows.sort());
  });

  it("of some columns of a table", async () => {
    const rows = selected(await ask("SELECT phone, id FROM accounts"));
    expect(copied(await ask("COPY public.accounts (phone, id) TO STDOUT")).sort()).toEqual(rows.sort());
  });
});

describe("a temporary table", () => {
  it("is copied as it is now, and takes rows that say nothing of the lens", async () => {
    await ask("CREATE TEMP TABLE kept AS SELECT id, phone FROM accounts WHERE id < 3");
    const rows = selected(await ask("SELECT * FROM kept ORDER BY id"));
    expect(copied(await ask("COPY (SELECT * FROM kept ORDER BY id) TO STDOUT"))).toEqual(rows);
    expect(copied(await ask("COPY kept TO STDOUT")).sort()).toEqual(rows.sort());
    expect(errorOf(await ask("COPY (INSERT INTO kept VALUES (9) RETURNING id) TO STDOUT"))).toBe("0A000");
    for (const [filter, code] of [
      ["id IN (SELECT id FROM accounts)", "0A000"],
      ["phone = (SELECT max(phone) FROM raw_accounts)", "0A000"],
      ["pg_read_file('/etc/passwd') <> ''", "42501"],
    ]) {
      guarded.sendQuery(`COPY kept FROM STDIN WHERE ${filter}`);
      guarded.sendMessage("d", Buffer.from("9\tx\n"));
      guarded.sendMessage("c");
      expect(errorOf(await guarded.until("ReadyForQuery"))).toBe(code);
    }
    expect(copied(await ask("COPY (SELECT count(*) FROM kept) TO STDOUT"))).toEqual(["2\n"]);
  });
});

describe("no secret is in", () => {
  const forms = ["", "csv header", "csv force quote *", "(format binary)"];
  const texts = forms.flatMap((form) =>
    [...queries.map((query) => `(${query})`), "accounts", "branches", "payments"].map((what) => ({
      what,
      form,
    })),
  );

  it.each(texts)("COPY $what TO STDOUT $form", async ({ what, form }) => {
    const answer = await ask(`COPY ${what} TO STDOUT ${form}`);
    expect(errorOf(answer)).toBeUndefined();
    // Binary messages that are no text come in hexadecimal digits.
    const bytes = Buffer.concat(
      copied(answer).map((data) =>
        data.startsWith("hex:") ? Buffer.from(data.slice(4), "hex") : Buffer.from(data),
      ),
    );
    for (const secret of secrets) expect(bytes.includes(secret), secret).toBe(false);
  });
});

describe("COPY is refused where SELECT is", () => {
  it.each([
    ["COPY raw_accounts TO STDOUT", "42P01"],
    ["COPY main.raw_accounts TO STDOUT", "42P01"],
    ["COPY (TABLE raw_accounts) TO STDOUT", "42P01"],
    ["COPY accounts (key) TO STDOUT", "42703"],
    ["COPY accounts (id, rowid) TO STDOUT", "42703"],
    ["COPY accounts TO STDOUT (FORMAT csv, FORCE_QUOTE (own_tenant))", "42703"],
    ['COPY accounts ("raw value of email") TO STDOUT', "42703"],
    ['COPY "accounts; select 1" TO STDOUT', "42P01"],
    ['COPY accounts ("id"", ""pin") TO STDOUT', "42703"],
    ["COPY (DELETE FROM accounts RETURNING *) TO STDOUT", "25006"],
    ["COPY (SELECT * FROM accounts FOR UPDATE) TO STDOUT", "25006"],
    ["COPY (SELECT pg_read_file('/etc/passwd')) TO STDOUT", "42501"],
    ["COPY pg_authid TO STDOUT", "42501"],
    ["COPY accounts FROM STDIN", "25006"],
    ["COPY accounts TO '/tmp/lenswire-attack'", "42501"],
    ["COPY accounts TO PROGRAM 'id'", "42501"],
    ["COPY (SELECT accounts FROM accounts) TO STDOUT", "0A000"],
  ])("%s", async (sql, code) => {
    const answer = await ask(sql);
    expect(errorOf(answer)).toBe(code);
    expect(copied(answer)).toEqual([]);
  });
});
