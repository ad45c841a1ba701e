// Conversations that need a catalog, about temporary tables, styles and types: the built program with the demo lens.
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";
import { comparePgtests, type PgtestServers } from "./compare-pgtests.ts";

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

function servers(): PgtestServers {
  const { host, port, database } = demo;
  return { postgres, lens: { host, port, database, user: "admin", password: "admin" } };
}

for (const topic of ["temporary", "styles", "types"])
  comparePgtests(join(import.meta.dirname, topic), servers);
