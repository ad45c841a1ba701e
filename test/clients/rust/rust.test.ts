// tokio-postgres, with rustls. Needs Rust 1.88 or newer and a C compiler.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, testClients } from "../../support/client-checks.ts";

const folder = await mkdtemp(join(tmpdir(), "lenswire-rust-"));

async function install() {
  const args = ["build", "--quiet", "--locked", "--target-dir", folder];
  await run({ file: "cargo", args, cwd: import.meta.dirname });
  return [{ client: "tokio-postgres", file: join(folder, "debug", "checks"), args: [] }];
}

await testClients({ install, folder });
