// pgx, by its own interface and by database/sql. Needs Go 1.25 or newer.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, testClients } from "../../support/client-checks.ts";

const folder = await mkdtemp(join(tmpdir(), "lenswire-go-"));

async function install() {
  const file = join(folder, "checks");
  const args = ["build", "-mod=readonly", "-buildvcs=false", "-o", file, "."];
  await run({ file: "go", args, cwd: import.meta.dirname });
  return [{ client: "pgx", file, args: [] }];
}

await testClients({ install, folder });
