// A temporary table is its session's own: nobody else sees that it is there, its rows, or a plan made for it; and what is
// put into it is what its owner may see.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, twin, vault, vaultUsers } from "./vault-lens.ts";

let server: AttackServer;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault, twin], users: { ...vaultUsers, second: ["guarded"] } });
});

afterAll(async () => {
  await server?.stop();
});

async function together(
  users: readonly string[],
  work: (...clients: AttackClient[]) => Promise<void>,
): Promise<void> {
  const clients = await Promise.all(users.map((user) => server.connect(user)));
  try {
    await work(...clients);
  } finally {
    for (const client of clients) await client.end();
  }
}

describe("other sessions", () => {
  it("do not find the table, nor a trace of it in the catalog", async () => {
    await together(["guarded", "guarded", "second", "open"], async (owner, ...others) => {
      await owner?.ask("CREATE TEMP TABLE loot (a int, marker_column text)");
      await owner?.ask("INSERT INTO loot VALUES (1, 'marker value')");
      await owner?.ask("CREATE INDEX marker_index ON loot (a)");
      expect(await owner?.ask("SELECT marker_column FROM loot")).toMatchObject({ rows: [["marker value"]] });
      for (const other of others) {
        for (const sql of [
          "SELECT * FROM loot",
          "SELECT * FROM pg_temp.loot",
          "SELECT 'loot'::regclass",
          "SELECT a.owner FROM accounts a JOIN loot ON loot.a = a.id",
        ]) {
          expect(await other.ask(sql)).toMatchObject({ code: expect.stringMatching(/^(42P01|3F000)$/) });
        }
        for (const sql of [
          "SELECT relname FROM pg_class WHERE relname ~ 'loot|marker'",
          "SELECT attname FROM pg_attribute WHERE attname ~ 'marker'",
          "SELECT typname FROM pg_type WHERE typname ~ 'loot'",
          "SELECT nspname FROM pg_namespace WHERE nspname ~ 'pg_temp'",
          "SELECT table_name FROM information_schema.tables WHERE table_name ~ 'loot'",
          "SELECT indexname FROM pg_indexes WHERE indexname ~ 'marker'",
          "SELECT attname FROM pg_stats WHERE tablename ~ 'loot'",
        ]) {
          expect(await other.ask(sql)).toMatchObject({ rows: [] });
        }
        expect(await other.ask("DROP TABLE loot")).toMatchObject({ code: "42P01" });
        expect(await other.ask("INSERT INTO loot VALUES (2)")).toMatchObject({ code: "42P01" });
      }
      expect(await owner?.ask("SELECT a FROM loot")).toMatchObject({ rows: [["1"]] });
    });
    await together(["guarded"], async (later) => {
      expect(await later?.ask("SELECT * FROM loot")).toMatchObject({ code: "42P01" });
    });
  });

  it("have their own rows and columns under the same name and text, at the same time", async () => {
    const sessions = [
      { user: "guarded", columns: "x text", values: "'first'", rows: [["first"]], types: [["x", "text"]] },
      { user: "guarded", columns: "x text", values: "'second'", rows: [["second"]], types: [["x", "text"]] },
      {
        user: "second",
        columns: "x int, y int",
        values: "3, 33",
        rows: [["3", "33"]],
        types: [
          ["x", "integer"],
          ["y", "integer"],
        ],
      },
    ];
    await together(
      sessions.map(({ user }) => user),
      async (...clients) => {
        const asking = clients.map(async (client, place) => {
          const session = sessions[place];
          await client.ask(`CREATE TEMP TABLE mine (${session?.columns})`);
          await client.ask(`INSERT INTO mine VALUES (${session?.values})`);
          for (let round = 0; round < 5; round++) {
            expect(await client.ask("SELECT * FROM mine")).toMatchObject({ rows: session?.rows });
            expect(
              await client.ask("SELECT m.* FROM mine m WHERE EXISTS (SELECT 1 FROM accounts)"),
            ).toMatchObject({
              rows: session?.rows,
            });
            expect(
              await client.ask(
                "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'mine' ORDER BY 1",
              ),
            ).toMatchObject({ rows: session?.types });
          }
        });
        await Promise.all(asking);
      },
    );
  });

  it("still read the lens's table that one of them hides", async () => {
    await together(["guarded", "second"], async (owner, other) => {
      const before = await other?.ask("SELECT id, owner FROM accounts ORDER BY id");
      await owner?.ask("CREATE TEMP TABLE accounts (id int, owner text)");
      expect(await owner?.ask("SELECT id, owner FROM accounts ORDER BY id")).toMatchObject({ rows: [] });
      expect(await other?.ask("SELECT id, owner FROM accounts ORDER BY id")).toEqual(before);
      expect(await owner?.ask("SELECT id, owner FROM public.accounts ORDER BY id")).toEqual(before);
      await owner?.ask("DROP TABLE accounts");
      expect(await owner?.ask("SELECT id, owner FROM accounts ORDER BY id")).toEqual(before);
    });
  });
});

describe("what is put into one", () => {
  const columns = "id, owner, email, phone, balance, opened, vip";

  it("is masked and filtered, by whichever statement", async () => {
    await together(["guarded"], async (guarded) => {
      const shown = await guarded?.ask(`SELECT ${columns} FROM accounts ORDER BY id`);
      const fillings = [
        [`CREATE TEMP TABLE stolen AS SELECT ${columns} FROM accounts`],
        [`SELECT ${columns} INTO TEMP stolen FROM accounts`],
        [
          `CREATE TEMP TABLE stolen AS SELECT ${columns} FROM accounts WITH NO DATA`,
          `INSERT INTO stolen SELECT ${columns} FROM accounts`,
        ],
        [
          `CREATE TEMP TABLE stolen AS SELECT ${columns} FROM accounts WITH NO DATA`,
          `WITH a AS (SELECT * FROM accounts) INSERT INTO stolen (${columns}) SELECT ${columns} FROM a WHERE id IN (SELECT id FROM accounts)`,
        ],
      ];
      for (const statements of fillings) {
        for (const sql of statements) expect(await guarded?.ask(sql)).not.toHaveProperty("code");
        const stolen = await guarded?.ask(`SELECT ${columns} FROM stolen ORDER BY id`);
        expect(stolen).toEqual(shown);
        for (const secret of secrets) expect(JSON.stringify(stolen)).not.toContain(secret);
        await guarded?.ask("DROP TABLE stolen");
      }
    });
  });

  it("tells nothing of hidden values by joining, comparing or failing", async () => {
    await together(["guarded"], async (guarded) => {
      await guarded?.ask("CREATE TEMP TABLE guesses (guess text, n numeric)");
      await guarded?.ask("INSERT INTO guesses VALUES ('Zelda', 7654.25), ('zelda@secret.example', 777777)");
      for (const sql of [
        "SELECT id FROM accounts JOIN guesses ON owner = guess",
        "SELECT id FROM accounts JOIN guesses ON email = guess",
        "SELECT id FROM accounts JOIN guesses ON balance = n",
        "SELECT id FROM accounts WHERE owner IN (SELECT guess FROM guesses)",
      ]) {
        expect(await guarded?.ask(sql)).toMatchObject({ rows: [] });
      }
      await guarded?.ask("CREATE TEMP TABLE narrow (short varchar(3), whole int)");
      for (const sql of [
        "INSERT INTO narrow (short) SELECT email FROM accounts",
        "INSERT INTO narrow (whole) SELECT CAST(digits AS int) FROM accounts",
        "INSERT INTO narrow (whole) SELECT 1 / divisor FROM accounts",
      ]) {
        const answer = JSON.stringify(await guarded?.ask(sql));
        for (const secret of secrets) expect(answer).not.toContain(secret);
      }
    });
  });

  it("is recorded like every other reading", async () => {
    await together(["guarded"], async (guarded) => {
      const making = "CREATE TEMP TABLE recorded AS SELECT id, owner FROM accounts";
      const adding = "INSERT INTO recorded SELECT id, owner FROM accounts WHERE id = 1";
      const reading = "SELECT r.owner FROM recorded r JOIN accounts a ON a.id = r.id";
      for (const sql of [making, adding, reading, "SELECT owner FROM recorded"]) await guarded?.ask(sql);
      const records = await server.audited();
      for (const sql of [making, adding, reading]) {
        const opened = records.find((record) => record["event"] === "opened" && record["sql"] === sql);
        expect(opened).toMatchObject({ user: "guarded", tables: ["accounts"] });
        expect(records).toContainEqual(
          expect.objectContaining({ event: "closed", id: opened?.["id"], outcome: "00000" }),
        );
      }
      expect(records).toContainEqual(
        expect.objectContaining({ event: "catalog", sql: "SELECT owner FROM recorded", outcome: "00000" }),
      );
    });
  });
});

describe("a statement that writes to one", () => {
  it("writes nothing else and gains no rights", async () => {
    await together(["guarded"], async (guarded) => {
      await guarded?.ask("CREATE TEMP TABLE t (a text)");
      await guarded?.ask("CREATE TEMP TABLE defaulting (n int, a text DEFAULT pg_read_file('/etc/passwd'))");
      await guarded?.ask("CREATE TEMP TABLE checking (a text CHECK (pg_sleep(1) IS NULL))");
      await guarded?.ask("CREATE TEMP TABLE one AS SELECT 1 AS a");
      const refused = [
        "INSERT INTO t SELECT pg_read_file('/etc/passwd')",
        "INSERT INTO t VALUES (pg_read_file('/etc/passwd'))",
        "INSERT INTO t SELECT set_config('session_authorization', 'postgres', false) RETURNING current_user || 'x' || a",
        "INSERT INTO t SELECT lo_import('/etc/passwd')::text",
        "WITH d AS (DELETE FROM pg_class RETURNING relname) INSERT INTO t SELECT relname FROM d",
        "WITH d AS (INSERT INTO accounts (id) VALUES (9) RETURNING id) INSERT INTO t SELECT id::text FROM d",
        "WITH d AS (INSERT INTO t VALUES ('x') RETURNING a) SELECT * FROM d",
        "INSERT INTO pg_class SELECT * FROM pg_class",
        "INSERT INTO accounts SELECT * FROM accounts",
        "INSERT INTO public.accounts (id) SELECT 1 FROM t",
        "INSERT INTO t SELECT rolpassword FROM pg_authid",
        "INSERT INTO defaulting VALUES (1)",
        "INSERT INTO checking VALUES ('x')",
        "ALTER TABLE one ADD COLUMN b text DEFAULT pg_read_file('/etc/passwd')",
        "ALTER TABLE one ALTER a TYPE text USING pg_read_file('/etc/passwd')",
        "ALTER TABLE one ALTER a TYPE text USING (SELECT min(owner) FROM accounts)",
        "ALTER TABLE one ADD CHECK (pg_sleep(1) IS NULL)",
        "ALTER TABLE one OWNER TO postgres",
        "ALTER TABLE one SET SCHEMA public",
        "ALTER TABLE accounts ADD COLUMN x int",
        "ALTER TABLE public.accounts RENAME TO y",
        "ALTER TABLE pg_catalog.pg_class ADD COLUMN x int",
        "CREATE INDEX ON accounts (id)",
        "CREATE TEMP TABLE u (a int, FOREIGN KEY (a) REFERENCES accounts (id))",
        "CREATE TEMP TABLE u (a text DEFAULT (SELECT min(owner) FROM accounts))",
        "CREATE TEMP TABLE u (a text CHECK (a IN (SELECT owner FROM accounts)))",
        "CREATE TEMP TABLE u (a regclass DEFAULT 'one'::regclass)",
        "CREATE TEMP TABLE u (a accounts)",
        "CREATE TEMP TABLE u AS SELECT pg_read_file('/etc/passwd') AS a",
        "CREATE TEMP TABLE u (a text GENERATED ALWAYS AS (lower(b)) STORED, b text)",
        "CREATE TEMP VIEW u AS SELECT 1",
        "CREATE TEMP SEQUENCE u",
        "CREATE INDEX ON t (pg_read_file(a))",
        "CREATE FUNCTION pg_temp.f() RETURNS text LANGUAGE sql AS 'select 1'",
        "CREATE TRIGGER x BEFORE INSERT ON t EXECUTE FUNCTION pg_temp.f()",
        "UPDATE t SET a = (SELECT owner FROM accounts WHERE id = 3)",
        "DELETE FROM t WHERE a IN (SELECT owner FROM accounts)",
        "UPDATE t SET a = pg_read_file('/etc/passwd')",
        "WITH d AS (DELETE FROM pg_class RETURNING relname) UPDATE t SET a = relname FROM d",
        "WITH d AS (DELETE FROM t RETURNING a) DELETE FROM t USING d",
        "UPDATE accounts SET owner = 'x' FROM t",
        "MERGE INTO accounts USING t ON true WHEN MATCHED THEN DELETE",
        "MERGE INTO t USING accounts ON true WHEN NOT MATCHED THEN INSERT VALUES (accounts.owner)",
        "MERGE INTO t USING one ON true WHEN NOT MATCHED THEN INSERT VALUES ((SELECT min(owner) FROM accounts))",
        "MERGE INTO t USING one ON true WHEN NOT MATCHED THEN INSERT VALUES (pg_read_file('/etc/passwd'))",
        "DELETE FROM accounts USING t",
        "DELETE FROM pg_class",
        "COPY t FROM '/etc/passwd'",
      ];
      for (const sql of refused)
        expect([sql, await guarded?.ask(sql)]).toEqual([
          sql,
          expect.objectContaining({ code: expect.any(String) }),
        ]);
      expect(await guarded?.ask("SELECT a FROM t WHERE a <> 'postgres'")).toMatchObject({ rows: [] });
      expect(await guarded?.ask("SELECT current_user, session_user")).toMatchObject({
        rows: [["guarded", "guarded"]],
      });
    });
  });
});
