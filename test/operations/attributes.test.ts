// Attributes of users and groups at run time: two users of one group share plans and nothing else, whatever the way of a
// statement, and what a reload changes holds for the next one.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Client, type DatabaseError, type QueryConfig } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { makeLensFolder } from "../support/lens-folder.ts";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type ServedDemo, serveFolder } from "../support/served-demo.ts";

const token = "s3cret";
const lensFolder = new URL("../lenses/regions/", import.meta.url);
/** Both are of the group `reader`, whose row filter is `{region} IN ({user.regions})`. */
const regionsOf = { single: ["north"], pair: ["east", "south"] } as const;
type Reader = keyof typeof regionsOf;
const readers: readonly Reader[] = ["single", "pair"];

/** Serves a copy of the lens that a test may change. */
async function serve(postgres: RealPostgres | undefined): Promise<ServedDemo> {
  const folder = await makeLensFolder("regions", postgres);
  await cp(new URL("model", lensFolder), join(folder.folder, "model"), { recursive: true });
  await cp(new URL("users.yml", lensFolder), join(folder.folder, "users.yml"));
  const config = await readFile(folder.config, "utf8");
  await writeFile(
    folder.config,
    config
      .replace(/model: \S+\/model/, "model: ./model")
      .replace(/users: [^}]+/, "users: ./users.yml")
      .replace("server: {", "server: {watch: false, ")
      .replace("admin: {", `admin: {token: ${token}, `),
  );
  return serveFolder(folder);
}

function ask(served: ServedDemo, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${served.adminUrl}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body !== undefined && { "content-type": "application/json" }),
    },
    body: body === undefined ? null : JSON.stringify(body),
  });
}

async function edit(served: ServedDemo, file: string, from: string, to: string): Promise<void> {
  const path = join(served.folder, file);
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  await writeFile(path, text.replace(from, to));
}

const kinds: readonly WarehouseKind[] = ["duckdb", "postgres"];

describe.each(kinds)("over %s", (kind) => {
  let postgres: RealPostgres | undefined;
  let served: ServedDemo;

  beforeAll(async () => {
    if (kind === "postgres") postgres = await startRealPostgres();
    served = await serve(postgres);
  });

  afterAll(async () => {
    await served?.close();
    await postgres?.stop();
  });

  async function connect(user: string): Promise<Client> {
    const { host, port, database } = served;
    const client = new Client({ host, port, database, user, password: user });
    client.on("error", () => {});
    await client.connect();
    return client;
  }

  /** One client of each of the two readers. */
  async function both(work: (clients: Readonly<Record<Reader, Client>>) => Promise<void>): Promise<void> {
    const clients = { single: await connect("single"), pair: await connect("pair") };
    try {
      await work(clients);
    } finally {
      for (const client of Object.values(clients)) await client.end();
    }
  }

  const column = async (client: Client, query: string | QueryConfig): Promise<readonly unknown[]> => {
    const asked: QueryConfig = typeof query === "string" ? { text: query } : query;
    const { rows } = await client.query({ ...asked, rowMode: "array" });
    return rows.map((row: readonly unknown[]) => row[0]);
  };
  const regions = "SELECT DISTINCT region FROM shops ORDER BY region";

  test("prepared statements of one text, turn by turn and at once", () =>
    both(async (clients) => {
      const named = { name: "regions", text: regions };
      const withParameter = (n: number) => ({
        name: "above",
        text: "SELECT DISTINCT region FROM shops WHERE id > $1 ORDER BY region",
        values: [n % 3],
      });
      for (let turn = 0; turn < 10; turn++) {
        for (const reader of readers) {
          expect(await column(clients[reader], named)).toEqual(regionsOf[reader]);
          expect(await column(clients[reader], withParameter(turn))).toEqual(regionsOf[reader]);
        }
      }
      const more = await Promise.all(readers.flatMap((reader) => [0, 1, 2].map(() => connect(reader))));
      await Promise.all(
        more.map(async (client, place) => {
          const own = regionsOf[place < 3 ? "single" : "pair"];
          for (let turn = 0; turn < 10; turn++)
            expect(await column(client, (turn + place) % 2 === 0 ? named : regions)).toEqual(own);
        }),
      );
      for (const client of more) await client.end();
      for (const reader of readers) {
        await clients[reader].query(`PREPARE own AS ${regions}`);
        await clients[reader].query("SET statement_timeout = '1min'");
      }
      for (const reader of [...readers, ...readers])
        expect(await column(clients[reader], "EXECUTE own")).toEqual(regionsOf[reader]);
    }));

  test("cursors that are open at once", () =>
    both(async (clients) => {
      for (const reader of readers) {
        await clients[reader].query("BEGIN");
        await clients[reader].query(`DECLARE c CURSOR WITH HOLD FOR ${regions}`);
      }
      for (const reader of readers) {
        expect(await column(clients[reader], "FETCH 1 FROM c")).toEqual(regionsOf[reader].slice(0, 1));
        await clients[reader].query("COMMIT");
      }
      for (const reader of readers)
        expect(await column(clients[reader], "FETCH ALL FROM c")).toEqual(regionsOf[reader].slice(1));
    }));

  test("temporary tables made of lens rows, and lens rows beside them", () =>
    both(async (clients) => {
      for (const reader of readers)
        await clients[reader].query("CREATE TEMP TABLE mine AS SELECT id, region FROM shops");
      for (const reader of readers) {
        const client = clients[reader];
        expect(await column(client, "SELECT DISTINCT region FROM mine ORDER BY 1")).toEqual(
          regionsOf[reader],
        );
        await client.query("INSERT INTO mine SELECT id, region FROM shops WHERE id > 50");
        expect(await column(client, "SELECT DISTINCT region FROM mine ORDER BY 1")).toEqual(
          regionsOf[reader],
        );
        const joined = "SELECT DISTINCT s.region FROM shops s JOIN mine m ON m.id = s.id ORDER BY 1";
        expect(await column(client, joined)).toEqual(regionsOf[reader]);
      }
    }));

  test("EXPLAIN and the HTTP port show a parameter, and what ran is each reader's own", () =>
    both(async (clients) => {
      const sql = "SELECT count(*) AS n FROM shops WHERE is_mine";
      const plans: string[] = [];
      for (const reader of readers) {
        plans.push((await column(clients[reader], `EXPLAIN ${sql}`)).join("\n"));
        const analysed = await column(clients[reader], `EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM shops`);
        const own = await column(clients[reader], "SELECT count(*)::int FROM shops");
        expect(JSON.parse(String(JSON.stringify(analysed[0])))).toMatchObject([{ Rows: own[0] }]);
      }
      expect(plans[0]).toBe(plans[1]);
      expect(plans[0]).toContain("Attributes bound: user.region, user.regions");
      const answers: unknown[] = [];
      for (const user of readers) {
        const answer = await ask(served, "POST", "/v1/explain", { lens: served.database, user, sql });
        answers.push(await answer.json());
      }
      expect(answers[0]).toEqual(answers[1]);
      expect(answers[0]).toMatchObject({
        parameters: [
          { attribute: "user.region", type: "text" },
          { attribute: "user.regions", type: "text[]" },
        ],
      });
      expect(JSON.stringify([plans, answers])).not.toMatch(/north|south|east/);
    }));

  test("values that look like SQL reach neither the text nor the audit", async () => {
    const client = await connect("quoted");
    const asked = "SELECT id, is_mine FROM shops WHERE of_my_grade OR not_listed OR true";
    const { rows } = await client.query(asked);
    expect(rows.length).toBe(20);
    await client.end();
    const audited = (await readFile(served.auditFile, "utf8"))
      .split("\n")
      .filter((line) => line.includes(asked));
    expect(audited).toHaveLength(1);
    expect(audited[0]).not.toContain("Hare");
    expect(served.program.stderr).not.toContain("Hare");
  });

  test("a reload of a user's attributes ends the sessions that had others, and the group's hold at once", async () => {
    const single = await connect("single");
    const team = await connect("east_team");
    const kept = await connect("pair");
    const named = { name: "regions", text: regions };
    expect(await column(single, named)).toEqual(["north"]);
    expect(await column(team, named)).toEqual(["east", "south"]);
    await edit(served, "users.yml", "regions: north", "regions: [east]");
    await edit(served, "model/user_groups.yml", "regions: [east, south]", "regions: [south]");
    expect((await ask(served, "POST", "/v1/reload")).status).toBe(200);
    const code = await column(single, named).catch((error: DatabaseError) => error.code);
    expect(code).toBe("28000");
    expect(await column(team, named)).toEqual(["south"]);
    expect(await column(kept, named)).toEqual(regionsOf.pair);
    const again = await connect("single");
    expect(await column(again, named)).toEqual(["east"]);
    for (const client of [single, team, kept, again]) await client.end();
  });
});
