// Every conversation beside this file, against a real PostgreSQL and against this server. With PGTEST_UPDATE=1 what
// PostgreSQL says is written into the files.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type LensServer, startLensServer } from "./lens-server.ts";
import { formatPgtest, type PgtestFile, parsePgtest, type Target } from "./pgtest-file.ts";
import { PostgresQueryEngine } from "./postgres-query-engine.ts";
import { runPgtest } from "./run-pgtest.ts";

const folder = import.meta.dirname;
const isUpdating = process.env["PGTEST_UPDATE"] === "1";
const names = readdirSync(folder).filter((name) => name.endsWith(".pgtest"));

let postgres: RealPostgres;
let lens: LensServer;

beforeAll(async () => {
  postgres = await startRealPostgres();
  lens = await startLensServer({ queries: new PostgresQueryEngine(postgres) });
});

afterAll(async () => {
  await lens?.stop();
  await postgres?.stop();
});

describe.each(names)("%s", (name) => {
  it("is what PostgreSQL says", async () => {
    const file = read(name);
    const results = await runPgtest(file, "postgres", postgres);
    if (!isUpdating) {
      for (const { section, actual } of results) expect(actual).toMatchObject(expected(section.lines));
      return;
    }
    for (const { section, actual } of results) {
      section.lines.splice(0, section.lines.length, ...actual.map((message) => JSON.stringify(message)));
    }
    writeFileSync(join(folder, name), formatPgtest(file));
  });

  it("is what this server says", async () => {
    for (const { section, actual } of await runPgtest(read(name), "lens" satisfies Target, lens)) {
      expect(actual).toMatchObject(expected(section.lines));
    }
  });
});

function read(name: string): PgtestFile {
  return parsePgtest(readFileSync(join(folder, name), "utf8"));
}

function expected(lines: readonly string[]): object[] {
  return lines.map((line) => JSON.parse(line) as object);
}
