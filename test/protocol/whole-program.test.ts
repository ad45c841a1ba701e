// Conversations that need a catalog, about temporary tables and styles, against a real PostgreSQL and against the built
// program with the demo lens. With PGTEST_UPDATE=1 what PostgreSQL says is written into the files.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";
import { formatPgtest, type PgtestFile, parsePgtest } from "./pgtest-file.ts";
import { runPgtest } from "./run-pgtest.ts";

const folder = import.meta.dirname;
const topics = ["temporary", "styles"];
const isUpdating = process.env["PGTEST_UPDATE"] === "1";
const names = topics.flatMap((topic) =>
  readdirSync(join(folder, topic)).flatMap((name) => (name.endsWith(".pgtest") ? join(topic, name) : [])),
);

let postgres: RealPostgres;
let demo: ServedDemo;

beforeAll(async () => {
  postgres = await startRealPostgres();
  demo = await serveDemo({ rows: 200 });
});

afterAll(async () => {
  await demo?.close();
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
    const { host, port, database } = demo;
    const server = { host, port, database, user: "admin", password: "admin" };
    for (const { section, actual } of await runPgtest(read(name), "lens", server)) {
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
