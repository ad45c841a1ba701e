// Every conversation of a folder, against a real PostgreSQL and against this server. With PGTEST_UPDATE=1 what PostgreSQL
// says is written into the files.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { formatPgtest, type PgtestFile, parsePgtest } from "./pgtest-file.ts";
import { type PgtestServer, runPgtest } from "./run-pgtest.ts";

export interface PgtestServers {
  readonly postgres: PgtestServer;
  readonly lens: PgtestServer;
}

const isUpdating = process.env["PGTEST_UPDATE"] === "1";

/** Two tests for each file; the servers are asked for when a test runs. */
export function comparePgtests(folder: string, servers: () => PgtestServers): void {
  const names = readdirSync(folder).filter((name) => name.endsWith(".pgtest"));
  describe.each(names)("%s", (name) => {
    const path = join(folder, name);

    it("is what PostgreSQL says", async () => {
      const file = read(path);
      const results = await runPgtest(file, "postgres", servers().postgres);
      if (!isUpdating) {
        for (const { section, actual } of results) expect(actual).toMatchObject(expected(section.lines));
        return;
      }
      for (const { section, actual } of results) {
        section.lines.splice(0, section.lines.length, ...actual.map((message) => JSON.stringify(message)));
      }
      writeFileSync(path, formatPgtest(file));
    });

    it("is what this server says", async () => {
      for (const { section, actual } of await runPgtest(read(path), "lens", servers().lens)) {
        expect(actual).toMatchObject(expected(section.lines));
      }
    });
  });
}

function read(path: string): PgtestFile {
  return parsePgtest(readFileSync(path, "utf8"));
}

function expected(lines: readonly string[]): object[] {
  return lines.map((line) => JSON.parse(line) as object);
}
