// Models, users and certificates that change while the built program serves: all or nothing, and no statement that was
// prepared before sees more than the new model shows.
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { Client, type DatabaseError } from "pg";
import { afterEach, expect, test } from "vitest";
import { certificateFile } from "../support/real-postgres.ts";
import { type DemoOptions, makeDemoFolder, type ServedDemo, serveFolder } from "../support/served-demo.ts";

const token = "s3cret";
let demo: ServedDemo | undefined;
afterEach(async () => {
  await demo?.close();
  demo = undefined;
});

/** Serves a copy of the demo lens that the test may change. */
async function serve(options: DemoOptions & { readonly watch?: boolean } = {}): Promise<ServedDemo> {
  const folder = await makeDemoFolder({ rows: 5000, ...options });
  await cp(new URL("../../lens/model", import.meta.url), join(folder.folder, "model"), { recursive: true });
  await cp(new URL("../../lens/users.yml", import.meta.url), join(folder.folder, "users.yml"));
  for (const end of ["crt", "key"])
    await cp(certificateFile(`localhost.${end}`), join(folder.folder, `server.${end}`));
  const config = await readFile(folder.config, "utf8");
  await writeFile(
    folder.config,
    config
      .replace(/model: .*/, "model: ./model")
      .replace(/users: .*/, "users: ./users.yml")
      .replace(/cert: \S+, key: \S+,/, "cert: ./server.crt, key: ./server.key,")
      .replace("server: {", `server: { watch: ${options.watch === true},`)
      .replace("admin: {", `admin: { token: ${token},`),
  );
  demo = await serveFolder(folder);
  return demo;
}

async function connect({ host, port, database }: ServedDemo, user: string): Promise<Client> {
  const client = new Client({ host, port, database, user, password: user });
  client.on("error", () => {});
  await client.connect();
  return client;
}

async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(demo?.folder ?? "", file);
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`);
  await writeFile(path, text.replaceAll(from, to));
}

/** `rich` */
const addSegment = () =>
  edit(
    "model/tables/customers.yaml",
    "      - name: wealthy\n",
    `      - name: rich\n        sql: "{TABLE}.segment = 'HNI'"\n      - name: wealthy\n`,
  );

async function reload(server: ServedDemo): Promise<{ readonly status: number; readonly body: unknown }> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${server.adminUrl}/v1/reload`, { method: "POST", headers });
  return { status: answer.status, body: await answer.json() };
}

const done = { status: 200, body: expect.objectContaining({ status: "reloaded" }) };

async function metric(server: ServedDemo, name: string): Promise<string | undefined> {
  const page = await (await fetch(`${server.adminUrl}/metrics`)).text();
  return page.split("\n").find((line) => line.startsWith(`${name} `));
}

const codeOf = (error: unknown) => (error as DatabaseError).code;

test("SIGHUP: what was prepared before is planned anew, under the new masks", async () => {
  const server = await serve();
  const client = await connect(server, "admin");
  const email = { name: "email", text: "SELECT email FROM customers ORDER BY customer_id LIMIT 1" };
  const columns = "SELECT count(*)::int AS n FROM information_schema.columns WHERE table_name = 'customers'";
  const before = (await client.query({ name: "columns", text: columns })).rows[0].n;
  expect((await client.query(email)).rows[0].email).toContain("@");
  await edit("model/tables/customers.yaml", "excludes: [admin]}}", "excludes: [nobody]}}");
  await addSegment();
  server.program.kill("SIGHUP");
  await server.program.printed("stderr", /"cause":"signal".*"msg":"reloaded"/);
  expect((await client.query(email)).rows[0].email).toMatch(/^[0-9a-f]{32}$/);
  const added = "SELECT count(*)::int AS n FROM customers WHERE rich";
  expect((await client.query(added)).rows[0].n).toBeGreaterThan(0);
  expect((await client.query({ name: "columns", text: columns })).rows[0].n).toBe(before + 1);
  // The instances of the model before are closed: one for analysis, and one that runs catalog queries.
  expect(await metric(server, 'lenswire_catalog_instances{of="all"}')).toMatch(/ 2$/);
  await client.end();
});

test("a prepared statement whose columns are others now is refused", async () => {
  const server = await serve();
  const client = await connect(server, "admin");
  const all = { name: "all", text: "SELECT * FROM customers LIMIT 1" };
  await client.query(all);
  await addSegment();
  expect(await reload(server)).toEqual(done);
  expect(await client.query(all).catch((error) => error.message)).toBe(
    "cached plan must not change result type",
  );
  await client.end();
});

test("a model with errors is refused with all of them, and the one before is served on", async () => {
  const server = await serve();
  const client = await connect(server, "analyst");
  const sql = "SELECT customer_count FROM customers";
  const { rows } = await client.query(sql);
  await edit("model/tables/customers.yaml", '"{TABLE}.is_active"', '"{TABLE}.was_active"');
  await edit("users.yml", "groups: [viewer]", "groupes: [viewer]");
  const { status, body } = await reload(server);
  expect(status).toBe(422);
  const { problems } = (body as { readonly error: { readonly problems: readonly string[] } }).error;
  const inModel = expect.stringMatching(/customers\.yaml:\d+:\d+: .*was_active/);
  expect(problems).toEqual([
    expect.stringMatching(/users\.yml:\d+:\d+: unknown key "groupes"; did you mean "groups"\?$/),
    ...[inModel, inModel, inModel],
  ]);
  await server.program.printed("stderr", /"level":"error".*was_active.*"msg":"reloadFailed"/);
  expect(await metric(server, 'lenswire_reloads_total{outcome="refused"}')).toMatch(/ 1$/);
  expect((await client.query(sql)).rows).toEqual(rows);
  await edit("model/tables/customers.yaml", '"{TABLE}.was_active"', '"{TABLE}.is_active"');
  // Users alone are bad now: the model is not taken either.
  await addSegment();
  expect((await reload(server)).status).toBe(422);
  expect(await client.query("SELECT count(*) FROM customers WHERE rich").catch(codeOf)).toBe("42703");
  await edit("users.yml", "groupes: [viewer]", "groups: [viewer]");
  expect(await reload(server)).toEqual(done);
  await client.query("SELECT count(*) FROM customers WHERE rich");
  await client.end();
});

test("users who are gone or changed, and those whom no group takes, end at their next statement", async () => {
  const server = await serve();
  const [removed, moved, outside, same] = await Promise.all(
    ["viewer", "north", "analyst", "admin"].map((user) => connect(server, user)),
  );
  await edit("users.yml", "  - name: viewer\n    groups: [viewer]\n    password: viewer\n", "");
  await edit("users.yml", "groups: [analyst_north]", "groups: [analyst]");
  await edit("model/user_groups.yml", "  - name: analyst\n", "  - name: analysts\n");
  await edit("model/user_groups.yml", '    includes: "*"', "    includes: [nobody]");
  expect(await reload(server)).toEqual(done);
  for (const client of [removed, moved, outside]) {
    const error = await client?.query("SELECT zone FROM customers LIMIT 1").catch((thrown) => thrown);
    expect(error).toMatchObject({ severity: "FATAL", code: "28000" });
  }
  expect((await same?.query("SELECT 1 AS one"))?.rows).toEqual([{ one: 1 }]);
  await same?.end();
  expect(await connect(server, "viewer").catch(codeOf)).toBe("28P01");
});

test("a statement that runs, and a cursor that is open, end with the model they began with", async () => {
  const server = await serve();
  const busy = await connect(server, "admin");
  const reader = await connect(server, "admin");
  await reader.query("BEGIN");
  await reader.query("DECLARE c CURSOR FOR SELECT email FROM customers WHERE wealthy ORDER BY customer_id");
  const emails = (await reader.query("FETCH 2 FROM c")).rows;
  const sql = `SELECT count(*) AS n FROM transactions a, transactions b
    WHERE a.amount < b.amount AND a.transaction_id <= 3000`;
  const running = busy.query(sql);
  await server.running(sql);
  await edit("model/tables/customers.yaml", "excludes: [admin]}}", "excludes: [nobody]}}");
  expect(await reload(server)).toEqual(done);
  const rest = (await reader.query("FETCH 2 FROM c")).rows;
  for (const { email } of [...emails, ...rest]) expect(email).toContain("@");
  expect(Number((await running).rows[0].n)).toBeGreaterThan(1_000_000);
  await Promise.all([busy.end(), reader.end()]);
});

test("a change of the files is noticed", async () => {
  const server = await serve({ watch: true });
  const client = await connect(server, "admin");
  await addSegment();
  await server.program.printed("stderr", /"cause":"change".*"msg":"reloaded"/);
  await client.query("SELECT count(*) FROM customers WHERE rich");
  await client.end();
});

test("new connections get the new certificate", async () => {
  const server = await serve({ tls: true });
  const before = await certificateOf(server);
  await cp(certificateFile("client.crt"), join(server.folder, "server.crt"));
  // A certificate without its key is not taken.
  expect((await reload(server)).status).toBe(422);
  expect(await certificateOf(server)).toBe(before);
  await cp(certificateFile("client.key"), join(server.folder, "server.key"));
  expect(await reload(server)).toEqual(done);
  expect(await certificateOf(server)).not.toBe(before);
});

/** The fingerprint of what is shown to a client that begins with TLS. */
function certificateOf({ host, port }: ServedDemo): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { host, port, ALPNProtocols: ["postgresql"], rejectUnauthorized: false };
    const socket = connectTls(options, () => {
      const { fingerprint256 } = socket.getPeerCertificate();
      socket.destroy();
      resolve(fingerprint256);
    });
    socket.on("error", reject);
  });
}
