// psqlODBC through unixODBC, from Python and from isql. Needs Debian's odbc-postgresql and unixodbc, and Python 3.10 or
// newer with venv.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, testClients } from "../../support/client-checks.ts";

const sources = import.meta.dirname;
const folder = await mkdtemp(join(tmpdir(), "lenswire-odbc-"));

async function install() {
  const python = join(folder, "bin", "python");
  await run({ file: "python3", args: ["-m", "venv", folder] });
  await run({
    file: python,
    args: ["-m", "pip", "install", "-q", "--no-deps", "-r", "requirements.txt"],
    cwd: sources,
  });
  // The frame of the checks is that of the other Python clients.
  const env = { PYTHONDONTWRITEBYTECODE: "1", PYTHONPATH: join(sources, "..", "python") };
  return [{ client: "psqlODBC", file: python, args: ["odbc_checks.py"], cwd: sources, env }];
}

await testClients({ install, folder });
