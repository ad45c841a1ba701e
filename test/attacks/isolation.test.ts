// Nothing that one session left behind (plans, answers, prepared statements, settings) serves another one's rights.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, twin, vault, vaultUsers } from "./vault-lens.ts";

let server: AttackServer;
const users = {
  ...vaultUsers,
  second: ["guarded"],
  'o"x': ["guarded"],
  "q'x": ["guarded"],
  postgres: ["guarded"],
};

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault, twin], users });
});

afterAll(async () => {
  await server?.stop();
});

async function using<T>(
  user: string,
  work: (client: AttackClient) => Promise<T>,
  database?: string,
): Promise<T> {
  const client = await server.connect(user, database);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const revealing =
  "SELECT id, owner, email, phone, balance, opened, vip, MEASURE(owners) FROM accounts GROUP BY 1";

describe("between sessions", () => {
  it("a statement that another group has just run is planned anew", async () => {
    const open = await using("open", (client) => client.ask(revealing));
    const guarded = await using("guarded", (client) => client.ask(revealing));
    const openAgain = await using("open", (client) => client.ask(revealing));
    expect(JSON.stringify(open)).toContain("Zelda");
    for (const secret of secrets) expect(JSON.stringify(guarded)).not.toContain(secret);
    expect(openAgain).toEqual(open);
  });

  it("groups that run the same text at the same time are not mixed up", async () => {
    const open = await server.connect("open");
    const guarded = await server.connect("guarded");
    const answers = Array.from({ length: 40 }, async (_, n) => {
      const sql = `SELECT ${n % 8} AS n, owner, phone, (SELECT count(*) FROM payments) FROM accounts ORDER BY id LIMIT 3`;
      const [ours, theirs] = await Promise.all([guarded.ask(sql), open.ask(sql)]);
      return { ours: JSON.stringify(ours), theirs: JSON.stringify(theirs) };
    });
    for (const { ours, theirs } of await Promise.all(answers)) {
      expect(ours).toContain("--redact--");
      expect(ours).not.toContain("Zelda");
      expect(ours).toContain('"5"');
      expect(theirs).toContain("Zelda");
      expect(theirs).toContain('"9"');
    }
    await open.end();
    await guarded.end();
  });

  it("the other names of a lens open the same rights", async () => {
    for (const name of ["vault", "lens:vault"]) {
      const answer = await using("guarded", (client) => client.ask(revealing), name).catch(() => undefined);
      if (answer !== undefined) expect(JSON.stringify(answer)).not.toContain("Zelda");
    }
  });

  it("a prepared statement and a cursor are their session's own", async () => {
    await using("open", async (client) => {
      await client.ask("PREPARE stolen AS SELECT owner FROM accounts WHERE id = $1");
      await client.ask("BEGIN");
      await client.ask("DECLARE stolen_cursor CURSOR FOR SELECT owner FROM accounts");
      await using("guarded", async (thief) => {
        expect(await thief.ask("EXECUTE stolen(3)")).toMatchObject({ code: "26000" });
        expect(await thief.ask("BEGIN")).toMatchObject({ rows: [] });
        expect(await thief.ask("FETCH ALL FROM stolen_cursor")).toMatchObject({ code: "34000" });
      });
    });
  });

  it("cursors and EXECUTE show what SELECT shows", async () => {
    await using("guarded", async (client) => {
      await client.ask("BEGIN");
      await client.ask("DECLARE c CURSOR WITH HOLD FOR SELECT owner, phone FROM accounts WHERE id = 3");
      const fetched = await client.ask("FETCH ALL FROM c");
      await client.ask("COMMIT");
      await client.ask("PREPARE p (int) AS SELECT owner, phone FROM accounts WHERE id = $1");
      for (const answer of [fetched, await client.ask("EXECUTE p(3)")])
        expect(answer).toMatchObject({ rows: [["--redact--", "--redact--"]] });
    });
  });

  it("values of the session follow the user, not the plan", async () => {
    const sql = "SELECT current_user, session_user FROM accounts ORDER BY id LIMIT 1";
    for (const user of ["guarded", "second", 'o"x', "q'x", "postgres"]) {
      const answer = await using(user, (client) => client.ask(sql));
      expect(answer).toMatchObject({ rows: [[user, user]] });
      const catalog = await using(user, (client) => client.ask("SELECT current_user, usesuper FROM pg_user"));
      expect(JSON.stringify(catalog)).not.toContain("open");
    }
  });

  it("the plan of one time zone or search path is not another's", async () => {
    await using("guarded", async (client) => {
      const sql = "SELECT max(paid_at::timestamptz)::text FROM payments";
      const utc = await client.ask(sql);
      await client.ask("SET TimeZone = 'Asia/Kolkata'");
      expect(await client.ask(sql)).not.toEqual(utc);
      await client.ask("SET search_path = pg_catalog");
      expect(await client.ask("SELECT count(*) FROM accounts")).toMatchObject({ code: "42P01" });
      await client.ask("SET search_path = public");
      expect(await client.ask("SELECT count(*) FROM accounts")).toMatchObject({ rows: [["5"]] });
    });
  });
});

describe("who may come in", () => {
  it("a user in no group is refused after the password, a wrong password before", async () => {
    await expect(server.connect("stranger")).rejects.toMatchObject({ code: "28000" });
    await expect(server.connect("nobody")).rejects.toMatchObject({ code: "28P01" });
    for (const name of ["__proto__", "constructor", "toString"])
      await expect(server.connect(name)).rejects.toMatchObject({ code: "28P01" });
  });

  it("a name of a database that is not one tells nothing before the password", async () => {
    await expect(server.connect("nobody", "nowhere")).rejects.toMatchObject({ code: "28P01" });
    await expect(server.connect("guarded", "nowhere")).rejects.toMatchObject({ code: "3D000" });
    await expect(server.connect("guarded", "__proto__")).rejects.toMatchObject({ code: "3D000" });
  });

  it.each(["meta", "nothing"])("%s, without the scope data, reads the catalog alone", async (user) => {
    await using(user, async (client) => {
      const statements = [
        "SELECT id FROM accounts",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM accounts)",
        "WITH x AS (SELECT max(id) FROM accounts) SELECT * FROM x",
        "EXPLAIN SELECT id FROM accounts",
        "EXPLAIN ANALYZE SELECT id FROM accounts",
        "PREPARE p AS SELECT id FROM accounts",
        "BEGIN; DECLARE c CURSOR FOR SELECT id FROM accounts",
      ];
      for (const sql of statements) {
        expect(await client.ask(sql), sql).toMatchObject({ code: "42501" });
        await client.ask("ROLLBACK");
      }
      const columns = await client.ask(
        "SELECT count(*) > 10 FROM pg_attribute WHERE attrelid = 'accounts'::regclass",
      );
      expect(columns).toMatchObject({ rows: [["t"]] });
    });
  });

  it.each([
    "-c role=open",
    "-c session_authorization=open",
    "-c is_superuser=on",
    "--session_replication_role=replica",
  ])("startup options cannot make a user another: %s", async (options) => {
    await expect(server.connect("guarded", "vault", { options })).rejects.toMatchObject({
      code: expect.stringMatching(/^(42501|55P02|42704|22023)$/) as string,
    });
  });
});

describe("texts that hide something from whoever edits or splits them", () => {
  const names = Array.from({ length: 20 }, (_, n) => `'x${n}'`).join(", ");
  it.each([
    `SELECT id FROM accounts WHERE city IN (${names}, 'Bonn","Ulm')`,
    `SELECT id FROM accounts WHERE city IN (${names}, 'Bonn'', ''Ulm')`,
    `SELECT id FROM accounts WHERE city IN (${names}, '{Bonn}', 'Bonn}', '"Bonn"', 'B\\onn', E'\\\\Bonn')`,
    `SELECT id FROM accounts WHERE city IN (${names}, 'NULL', 'null', '') OR city NOT IN (${names}, NULL)`,
    `SELECT id FROM accounts WHERE city = $$Bonn' OR 'a' = 'a$$ OR city = $x$' OR true --$x$`,
    "SELECT id FROM accounts WHERE city = E'\\' OR true --' OR city = '\\' OR false --'",
    "SELECT id FROM accounts WHERE false /* ' */ -- \" \n AND '/*' = '*/'",
    "SELECT id FROM accounts WHERE city = U&'\\0027 OR true --' OR city = ''' OR true --'",
    'SELECT id FROM accounts WHERE U&"\\0063ity" = \'Bonn" OR true --\'',
  ])("%s", async (sql) => {
    const guarded = await using("guarded", (client) => client.ask(sql));
    const prepared = await using("guarded", (client) => client.ask(sql), "twin");
    expect(guarded).toEqual(prepared);
    if ("rows" in guarded) expect(guarded.rows).toEqual([]);
  });

  it("parameters stay values", async () => {
    await using("guarded", async (client) => {
      const sql = "SELECT id FROM accounts WHERE city = $1 OR owner = $2";
      for (const value of ["' OR '1'='1", "Bonn' --", '"; DROP', "$1", "\\'", "Zelda", "{Bonn}"])
        expect(await client.ask(sql, [value, value])).toMatchObject({ rows: [] });
    });
  });

  it("aliases stay names", async () => {
    await using("guarded", async (client) => {
      const alias = 'a"" ; SELECT * FROM raw_accounts --';
      const answer = await client.ask(
        `SELECT "x"."${alias}" FROM (SELECT id AS "${alias}" FROM accounts) "x" ORDER BY 1`,
      );
      expect(answer).toMatchObject({
        columns: [alias.replace('""', '"')],
        rows: [["1"], ["2"], ["3"], ["4"], ["5"]],
      });
    });
  });
});
