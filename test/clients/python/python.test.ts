// Python's drivers, and SQLAlchemy over each of them. Needs Python 3.10 or newer with venv.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, testClients } from "../../support/client-checks.ts";

const sources = import.meta.dirname;
const folder = await mkdtemp(join(tmpdir(), "lenswire-python-"));

/** A program of this folder for each. */
const clients = ["psycopg2", "psycopg3", "psycopg3_session", "asyncpg", "sqlalchemy"];

async function install() {
  const python = join(folder, "bin", "python");
  await run({ file: "python3", args: ["-m", "venv", folder] });
  await run({
    file: python,
    args: ["-m", "pip", "install", "-q", "--no-deps", "-r", "requirements.txt"],
    cwd: sources,
  });
  const env = { PYTHONDONTWRITEBYTECODE: "1" };
  return clients.map((client) => ({
    client,
    file: python,
    args: [`${client}_checks.py`],
    cwd: sources,
    env,
  }));
}

await testClients({ install, folder });
