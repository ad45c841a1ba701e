// Rows and small statements over a PostgreSQL warehouse, beside a bare TCP pipe to the same server and a connection
// without anything between; and how soon a cancelled query is gone from the server.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Program } from "../support/program.ts";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type Folder, makeFolder } from "../unit/config/config-folder.ts";
import { RawClient } from "./raw-client.ts";
import { median, Report, rows, runs } from "./report.ts";

const report = new Report("PostgreSQL warehouse");
const rounds = runs(5);

const model = `
tables:
  - name: t
    sql: SELECT * FROM t
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: name, type: string, column: name}
      - {name: amount, type: number, column: amount}
      - {name: ratio, type: number, column: ratio}
      - {name: at, type: time, column: at}
      - {name: flag, type: boolean, column: flag}
      - {name: k, type: number, column: k}
      - {name: note, type: string, column: note}
`;

interface Target {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

let postgres: RealPostgres;
let folder: Folder;
let program: Program;
let pipe: ChildProcess;
const targets = new Map<string, Target>();

beforeAll(async () => {
  postgres = await startRealPostgres();
  const client = new pg.Client({ ...postgres });
  await client.connect();
  await client.query(
    `CREATE TABLE t AS SELECT n::int8 AS id, 'name ' || n AS name, (n * 1.01)::numeric(12,2) AS amount,
       n::float8 / 7 AS ratio, TIMESTAMP '2024-01-01' + n * INTERVAL '1 min' AS at, n % 7 = 0 AS flag, n % 100 AS k,
       'some longer text for ' || n AS note FROM generate_series(1, ${rows}) AS g (n);
     CREATE UNIQUE INDEX ON t (id)`,
  );
  await client.query("VACUUM ANALYZE t");
  await client.end();
  const { user, password, database, port } = postgres;
  folder = await makeFolder({
    "config.yaml": `
sources: [{name: s, type: postgres, url: "postgres://${user}:${password}@127.0.0.1:${port}/${database}?sslmode=disable", poolMax: 16}]
lenses: [{name: l, model: model}]
server: {port: 0}
admin: {port: 0}
auth: {users: users.yml}
limits: {rowsMax: 100000000, queriesPerMinute: 100000000}
`,
    "users.yml": "users: [{name: u, password: u}]\n",
    "model/tables/t.yml": model,
    "model/user_groups.yml": 'user_groups: [{name: default, includes: "*"}]\n',
  });
  program = new Program(["serve", "--config", join(folder.path, "config.yaml")]);
  const [, lensPort] = await program.printed("stdout", /lenswire ready: postgres:\/\/127\.0\.0\.1:(\d+)/);
  pipe = spawn(process.execPath, [join(import.meta.dirname, "tcp-pipe.mjs"), String(port)]);
  const pipePort = await new Promise<number>((resolve) =>
    pipe.stdout?.on("data", (text) => resolve(Number(/\d+/.exec(String(text))?.[0]))),
  );
  targets.set("direct", { port, user, password, database });
  targets.set("pipe", { port: pipePort, user, password, database });
  targets.set("lenswire", { port: Number(lensPort), user: "u", password: "u", database: "l" });
});

afterAll(async () => {
  pipe?.kill();
  await program?.stop();
  await postgres?.stop();
  await folder?.remove();
  await report.finish();
});

/** Counts bytes and looks for the last ReadyForQuery, so that a measurement is of what sends them. */
class ByteClient {
  readonly #client: pg.Client;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  static async connect(target: Target): Promise<ByteClient> {
    const client = new pg.Client({ host: "127.0.0.1", ...target });
    client.on("error", () => {});
    await client.connect();
    client.connection.stream.removeAllListeners("data");
    return new ByteClient(client);
  }

  ask(sql: string): Promise<number> {
    const { stream } = this.#client.connection;
    const text = Buffer.from(`Q\0\0\0\0${sql}\0`);
    text.writeInt32BE(text.length - 1, 1);
    return new Promise((resolve) => {
      let bytes = 0;
      let tail: Buffer = Buffer.alloc(0);
      const take = (chunk: Buffer) => {
        bytes += chunk.length;
        tail = chunk.length >= 6 ? chunk.subarray(-6) : Buffer.concat([tail, chunk]).subarray(-6);
        // Z, five bytes long: and behind it nothing.
        if (tail.readUIntBE(0, 5) !== 0x5a00000005) return;
        stream.off("data", take);
        resolve(bytes);
      };
      stream.on("data", take);
      stream.write(text);
    });
  }

  close(): void {
    this.#client.connection.stream.destroy();
  }
}

function note(what: string, measured: ReadonlyMap<string, number>, unit: string, bar: string): void {
  for (const [name, value] of measured) report.note(`${what}: ${name}`, value, unit);
  const ratio = (measured.get("lenswire") ?? 0) / (measured.get("pipe") ?? 1);
  report.note(`${what}: lenswire to pipe`, ratio, "x", bar);
}

test.each([
  ["rows out, 3 columns", "id, name, amount"],
  ["rows out, 8 columns", "id, name, amount, ratio, at, flag, k, note"],
])("%s", async (what, columns) => {
  const best = new Map<string, number>();
  const sizes = new Set<number>();
  const clients = new Map<string, ByteClient>();
  for (const [name, target] of targets) clients.set(name, await ByteClient.connect(target));
  // Turn by turn, so that whatever else the machine does meets all of them.
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, client] of clients) {
      const startedMs = performance.now();
      sizes.add(await client.ask(`SELECT ${columns} FROM t`));
      const perSecond = (1000 * rows) / (performance.now() - startedMs);
      best.set(name, Math.max(best.get(name) ?? 0, perSecond));
    }
  }
  for (const client of clients.values()) client.close();
  note(what, best, "rows/s", ">= 0.9");
  // Row for row the same bytes; the descriptions before them name other tables.
  expect(sizes.size).toBeLessThanOrEqual(2);
});

test("small statements, 16 clients", async () => {
  const each = runs(200);
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, target] of targets) {
      const clients = await Promise.all(Array.from({ length: 16 }, () => ByteClient.connect(target)));
      let count = 0;
      const startedMs = performance.now();
      const asking = clients.map(async (client) => {
        for (let statement = 0; statement < each; statement += 1) {
          await client.ask("SELECT name, amount FROM t WHERE id = 77");
          count += 1;
        }
      });
      await Promise.all(asking);
      best.set(name, Math.max(best.get(name) ?? 0, (1000 * count) / (performance.now() - startedMs)));
      for (const client of clients) client.close();
    }
  }
  note("small statements, 16 clients", best, "per s", ">= 0.8");
  expect([...best.keys()]).toEqual([...targets.keys()]);
});

test("cancel", async () => {
  const target = {
    host: "127.0.0.1",
    port: 0,
    user: "",
    password: "",
    database: "",
    ...targets.get("lenswire"),
  };
  const client = await RawClient.connect(target);
  const admin = new pg.Client({ ...postgres });
  await admin.connect();
  const isRunning = async () => {
    const found = await admin.query(
      "SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%generate_me_no_rows%' AND pid <> pg_backend_pid()",
    );
    return found.rows.length > 0;
  };
  const ms: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const asked = client
      .query(`SELECT count(*) FROM t a, t b WHERE a.note || b.note = 'generate_me_no_rows ${round}'`)
      .catch(() => undefined);
    while (!(await isRunning()));
    const startedMs = performance.now();
    await client.cancel(target);
    while (await isRunning());
    ms.push(performance.now() - startedMs);
    await asked;
  }
  await admin.end();
  client.close();
  report.note("cancel, to the query gone from the server, p50", median(ms), "ms", "<= 250");
  expect(ms).toHaveLength(rounds);
});
