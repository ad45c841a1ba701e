// What a tool's metadata calls take, beside a real PostgreSQL with the same tables: 50 of 60 columns.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type Folder, makeFolder } from "../unit/config/config-folder.ts";
import { inTurns, Report, runs } from "./report.ts";

const report = new Report("catalog");
const rounds = runs(7);
const tables = Array.from({ length: 50 }, (_, table) => `t${table}`);
const columnTypes = ["bigint", "text", "numeric(12,2)", "timestamp", "boolean", "date"];
const dimensionTypes = ["number", "string", "number", "time", "boolean", "time"];
const columns = Array.from({ length: 60 }, (_, column) => column);

function tableYaml(name: string): string {
  const dimensions = columns.map((column) => {
    const key = column === 0 ? ", primary_key: true" : "";
    const type = dimensionTypes[column % dimensionTypes.length];
    return `      - {name: c${column}, type: ${type}, column: c${column}, description: column ${column}${key}}`;
  });
  return [
    "tables:",
    `  - name: ${name}`,
    `    sql: SELECT * FROM ${name}`,
    "    dimensions:",
    ...dimensions,
  ].join("\n");
}

function tableSql(name: string): string {
  const list = columns.map((column) => `c${column} ${columnTypes[column % columnTypes.length]}`);
  const comments = columns.map((column) => `COMMENT ON COLUMN ${name}.c${column} IS 'column ${column}';`);
  return `CREATE TABLE ${name} (${list.join(", ")}, PRIMARY KEY (c0)); ${comments.join(" ")}`;
}

/** The statements in the file of client statements whose titles begin with one of these. */
async function statementsOf(titles: readonly string[]): Promise<string[]> {
  const file = new URL("../unit/catalog/client-statements.sql", import.meta.url);
  const parts = (await readFile(file, "utf8")).split(/^-- /m).slice(1);
  const statements = parts
    .map((part) => ({ title: part.slice(0, part.indexOf("\n")), sql: part.slice(part.indexOf("\n") + 1) }))
    .filter(({ title, sql }) => titles.some((each) => title.startsWith(each)) && !sql.includes("{oid}"))
    .map(({ sql }) => sql.trim().replace(/;$/, ""));
  expect(statements, titles.join()).not.toEqual([]);
  return statements;
}

let postgres: RealPostgres;
let folder: Folder;
let program: Program;
let direct: pg.Client;
let lenswire: pg.Client;
let options: pg.ClientConfig;

beforeAll(async () => {
  postgres = await startRealPostgres();
  const { user, password, database, port } = postgres;
  direct = new pg.Client({ host: "127.0.0.1", port, user, password, database });
  await direct.connect();
  for (const name of tables) await direct.query(tableSql(name));
  await direct.query("VACUUM ANALYZE");
  folder = await makeFolder({
    "config.yaml": `
sources: [{name: s, type: postgres, url: "postgres://${user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable"}]
lenses: [{name: l, model: model}]
server: {port: 0}
admin: {port: 0}
auth: {users: users.yml}
limits: {queriesPerMinute: 100000000}
`,
    "users.yml": "users: [{name: u, password: u}]\n",
    ...Object.fromEntries(tables.map((name) => [`model/tables/${name}.yml`, tableYaml(name)])),
    "model/user_groups.yml": 'user_groups: [{name: default, includes: "*"}]\n',
  });
  program = new Program(["serve", "--config", join(folder.path, "config.yaml")]);
  const [, lensPort] = await program.printed("stdout", /lenswire ready: postgres:\/\/127\.0\.0\.1:(\d+)/);
  options = { host: "127.0.0.1", port: Number(lensPort), user: "u", password: "u", database: "l" };
  lenswire = new pg.Client(options);
  await lenswire.connect();
});

afterAll(async () => {
  await lenswire?.end();
  await direct?.end();
  await program?.stop();
  await postgres?.stop();
  await folder?.remove();
  await report.finish();
});

async function inNewSession(
  config: pg.ClientConfig,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const { host, port, user, password, database } = config;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  await work(client);
  await client.end();
}

const both = ["pgjdbc getTables", "pgjdbc getColumns"];

test.each([
  both.slice(0, 1),
  both.slice(1),
  both,
  ["pgjdbc"],
  ["Power BI"],
  ["Metabase"],
  ["DBeaver"],
  ["Grafana"],
])("%s %s", async (...titles) => {
  const statements = await statementsOf(titles);
  const tool = titles.join(" + ");
  const askAll = (client: pg.Client, suffix: string) => async () => {
    for (const sql of statements) await client.query(`${sql}${suffix}`);
  };
  const ms = await inTurns(rounds, {
    // A comment makes the text one that no cache knows.
    first: (round) => askAll(lenswire, ` /* ${tool} ${round} */`)(),
    again: askAll(lenswire, ""),
    firstInNewSession: (round) =>
      inNewSession(options, (client) => askAll(client, ` /* new ${tool} ${round} */`)()),
    newSession: () => inNewSession(options, (client) => askAll(client, "")()),
    postgresSession: () => inNewSession(postgres, (client) => askAll(client, "")()),
    postgres: askAll(direct, ""),
  });
  report.note(`${tool}: PostgreSQL, p50`, ms.postgres, "ms");
  report.note(`${tool}: a text seen first, p50`, ms.first, "ms");
  report.note(`${tool}: to PostgreSQL`, ms.first / ms.postgres, "x", titles === both ? "<= 1.5" : "");
  report.note(
    `${tool}: first in a new session, to PostgreSQL`,
    ms.firstInNewSession / ms.postgresSession,
    "x",
  );
  report.note(`${tool}: a new session of PostgreSQL, p50`, ms.postgresSession, "ms");
  report.note(`${tool}: again, p50`, ms.again, "ms");
  report.note(`${tool}: again in a new session, to PostgreSQL`, ms.newSession / ms.postgresSession, "x");
});
