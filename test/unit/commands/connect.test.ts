import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runCompile } from "../../../src/commands/compile.ts";
import { runConnect } from "../../../src/commands/connect.ts";
import { makeLensFolder } from "../../support/lens-folder.ts";
import type { DemoFolder } from "../../support/served-demo.ts";
import { elementsNamed, readXml, type XmlElement } from "../../support/xml.ts";
import { type Folder, makeFolder } from "../config/config-folder.ts";

const folders: Pick<Folder, "remove">[] = [];
afterAll(async () => {
  for (const folder of folders) await folder.remove();
});

async function run(command: typeof runConnect, argv: readonly string[]) {
  const collected = { out: "", err: "" };
  const stream = (name: "out" | "err") =>
    new PassThrough().on("data", (chunk) => {
      collected[name] += String(chunk);
    });
  const code = await command(argv, { stdout: stream("out"), stderr: stream("err") });
  return { code, ...collected };
}

const users = `users:
  - {name: ann, groups: [staff], password: very-secret}
  - {name: bob, password: very-secret}
`;
const groups = `user_groups:
  - {name: staff}
`;
const table = `tables:
  - name: t
    sql: SELECT 1 AS id
    dimensions: [{name: id, type: number, column: id, primary_key: true}]
`;

/** A configuration without a warehouse: nothing but tables needs one. */
async function configured(server: string): Promise<Folder & { readonly config: string }> {
  const folder = await makeFolder({
    "config.yaml": `sources: [{name: main, type: duckdb, path: ./none.duckdb}]
lenses:
  - {name: "public:first", model: ./model}
  - {name: second, model: ./model}
${server}
auth: {users: ./users.yml}
`,
    "users.yml": users,
    "model/tables/t.yml": table,
    "model/user_groups.yml": groups,
    "server.crt": "",
    "server.key": "",
  });
  folders.push(folder);
  return { ...folder, config: join(folder.path, "config.yaml") };
}

describe("a configuration without a warehouse", () => {
  let config: string;
  beforeAll(async () => {
    ({ config } = await configured("server: {host: db.example.com, port: 7000}"));
  });

  const connect = (...argv: string[]) => run(runConnect, ["--config", config, "--user", "ann", ...argv]);

  test("prints every form under its heading, and no password", async () => {
    const { code, out, err } = await connect();
    expect([code, err]).toEqual([0, ""]);
    expect(out.match(/^\w+ \(.*\):$/gm)).toEqual([
      "uri (psql, libpq, Python, R, Node.js):",
      "jdbc (Java, DBeaver):",
      "odbc (psqlODBC):",
      "tds (Tableau, a file with this ending):",
      "pbids (Power BI, a file with this ending):",
    ]);
    expect(out).toContain("\npostgresql://ann@db.example.com:7000/public:first?sslmode=disable\n");
    expect(out).not.toContain("very-secret");
  });

  test.each([
    [[], "postgresql://ann@db.example.com:7000/public:first?sslmode=disable"],
    [["--lens", "second"], "postgresql://ann@db.example.com:7000/second?sslmode=disable"],
    [["--lens", "first"], "postgresql://ann@db.example.com:7000/first?sslmode=disable"],
    [["--host", "::1", "--port", "5432"], "postgresql://ann@[::1]:5432/public:first?sslmode=disable"],
    [["--sslmode", "verify-full"], "postgresql://ann@db.example.com:7000/public:first?sslmode=verify-full"],
  ])("%j", async (argv, uri) => {
    expect(await connect("--format", "uri", ...argv)).toEqual({ code: 0, out: `${uri}\n`, err: "" });
  });

  test("writes a file", async () => {
    const file = join(config, "..", "lens.pbids");
    expect(await connect("--format", "pbids", "--out", file)).toEqual({ code: 0, out: "", err: "" });
    const { connections } = JSON.parse(await readFile(file, "utf8"));
    expect(connections[0].details.address).toEqual({
      server: "db.example.com:7000",
      database: "public:first",
    });
  });

  test.each([
    [["--format", "uri", "--out", "/none/x"], 1, "no such file or directory"],
    [["--user", "nobody"], 1, 'there is no user "nobody"'],
    [["--user", "bob"], 1, 'user "bob" is in no group of the lens "public:first"'],
    [["--lens", "secnd"], 1, 'there is no lens "secnd"; did you mean "second"?'],
    [["--host", "0.0.0.0"], 1, "clients cannot connect to 0.0.0.0: name the server's address with --host"],
    [["--host", "a:1"], 1, '"a:1" is no name or address of a host'],
    [["--table", "t"], 1, 'the lens "public:first" cannot be opened'],
    [["--format", "xls"], 2, "--format is one of uri, jdbc, odbc, tds, pbids"],
    [["--out", "x"], 2, "--out needs a --format"],
    [["--port", "0"], 2, "--port is a whole number from 1 to 65535"],
    [["--sslmode", "on"], 2, "--sslmode is one of disable, allow, prefer, require, verify-ca, verify-full"],
    [["--password", "x"], 2, "Unknown option '--password'"],
  ])("%j ends with a reason", async (argv, code, reason) => {
    expect(await connect(...argv)).toMatchObject({ code, out: "", err: expect.stringContaining(reason) });
  });
});

test.each([
  ["server: {host: 0.0.0.0}", [], 1, "clients cannot connect to 0.0.0.0"],
  ["server: {port: 0}", [], 1, "the configured port is chosen at every start: name it with --port"],
  ["server: {port: 0}", ["--port", "9"], 0, "127.0.0.1:9/public:first?sslmode=disable"],
  ["server: {tls: {cert: ./server.crt, key: ./server.key}}", [], 0, "sslmode=require"],
  ["server: {tls: {cert: ./server.crt, key: ./server.key, mode: allow}}", [], 0, "sslmode=require"],
  ["server: {tls: {cert: ./server.crt, key: ./server.key, mode: off}}", [], 0, "sslmode=disable"],
])("%s %j", async (server, argv, code, text) => {
  const { config } = await configured(server);
  const { out, err, ...ended } = await run(runConnect, [
    ...["--config", config, "--user", "ann", "--format", "uri"],
    ...argv,
  ]);
  expect(ended.code).toBe(code);
  expect(out + err).toContain(text);
});

describe("a table", () => {
  let members: DemoFolder;
  beforeAll(async () => {
    members = await makeLensFolder("members");
    folders.push(members);
  });

  const connect = (...argv: string[]) =>
    run(runConnect, ["--config", members.config, "--user", "analyst", "--port", "6432", ...argv]);

  async function columns(...argv: string[]): Promise<ReadonlyMap<string, XmlElement>> {
    const { code, out, err } = await connect("--format", "tds", ...argv);
    expect([code, err]).toEqual([0, ""]);
    const root = readXml(out);
    const [relation] = elementsNamed(root, "relation");
    const [connection] = elementsNamed(root, "named-connection");
    expect(relation?.attributes).toEqual({
      connection: connection?.attributes["name"],
      name: "orders",
      table: "[public].[orders]",
      type: "table",
    });
    return new Map(elementsNamed(root, "column").map((column) => [column.attributes["name"] ?? "", column]));
  }

  test("is the relation of a Tableau file, with the roles of its columns", async () => {
    const found = await columns("--table", "orders");
    const attributes = (name: string) => found.get(name)?.attributes;
    const measure = { role: "measure", type: "quantitative", aggregation: "Sum" };
    expect(attributes("[id]")).toEqual({
      name: "[id]",
      datatype: "integer",
      role: "dimension",
      type: "ordinal",
    });
    expect(attributes("[status]")).toMatchObject({ datatype: "string", role: "dimension", type: "nominal" });
    expect(attributes("[done]")).toMatchObject({ datatype: "boolean", role: "dimension", type: "nominal" });
    expect(attributes("[order_count]")).toEqual({ name: "[order_count]", datatype: "integer", ...measure });
    expect(attributes("[done_share]")).toEqual({ name: "[done_share]", datatype: "real", ...measure });
    expect(attributes("[last_order]")).toMatchObject({ role: "measure", aggregation: "Max" });
    expect(attributes("[statuses]")).toMatchObject({ role: "measure", type: "nominal", aggregation: "Max" });
    // Tableau has no aggregate of booleans that the lens takes.
    expect(attributes("[any_open]")).toBeUndefined();
    const [run] = elementsNamed(found.get("[order_count]") ?? fail(), "run");
    expect(run?.text).toBe("measure (count)");
  });

  const calls: Readonly<Record<string, (column: string) => string>> = {
    Sum: (column) => `SUM(${column})`,
    Avg: (column) => `AVG(${column})`,
    Min: (column) => `MIN(${column})`,
    Max: (column) => `MAX(${column})`,
    Count: (column) => `COUNT(${column})`,
    CountD: (column) => `COUNT(DISTINCT ${column})`,
  };

  test.each(["any", "strict"])("has default aggregates that measureAggregates: %s takes", async (mode) => {
    const config = join(members.folder, `${mode}.yaml`);
    const text = await readFile(members.config, "utf8");
    await writeFile(config, text.replace("/model}]", `/model, measureAggregates: ${mode}}]`));
    const found = [...(await columns("--table", "orders", "--config", config)).values()];
    const wrapped = found.flatMap(({ attributes: { name = "", aggregation } }) =>
      aggregation === undefined ? [] : (calls[aggregation]?.(`"${name.slice(1, -1)}"`) ?? []),
    );
    expect(wrapped.length).toBeGreaterThan(10);
    const argv = ["--config", config, "--user", "analyst", `SELECT ${wrapped.join(", ")} FROM orders`];
    expect(await run(runCompile, argv)).toMatchObject({ code: 0, err: "" });
  });

  test("that is not there is named", async () => {
    expect(await connect("--table", "order")).toMatchObject({
      code: 1,
      err: 'lenswire connect: user "analyst" sees no table "order"; did you mean "orders"?\n',
    });
  });
});

function fail(): never {
  throw new Error("there is no such column");
}
