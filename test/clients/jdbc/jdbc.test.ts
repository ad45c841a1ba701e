// pgjdbc: the newest, and the line that older tools bring along. Needs a JDK (17 or newer) and Maven.
import { mkdtemp, readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, testClients } from "../../support/client-checks.ts";

const sources = import.meta.dirname;
const folder = await mkdtemp(join(tmpdir(), "lenswire-jdbc-"));

async function install() {
  const jars = join(folder, "jars");
  await run({ file: "mvn", args: ["-q", "-B", "-f", sources, "dependency:copy", `-Djars=${jars}`] });
  const names = (await readdir(jars)).sort().reverse();
  const javaFiles = (await readdir(sources)).filter((name) => name.endsWith(".java"));
  const programs = [];
  for (const name of names) {
    const jar = join(jars, name);
    const classes = join(folder, name.replace(/\.jar$/, ""));
    await run({ file: "javac", args: ["-d", classes, "-cp", jar, ...javaFiles], cwd: sources });
    const args = ["-Duser.timezone=UTC", "-cp", `${classes}:${jar}`, "Checks"];
    programs.push({ client: name.replace(/^postgresql-(.*)\.jar$/, "pgjdbc $1"), file: "java", args });
  }
  return programs;
}

await testClients({ install, folder });
