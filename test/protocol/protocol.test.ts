// The conversations beside this file, where statements that read are passed on to the real PostgreSQL.
import { afterAll, beforeAll } from "vitest";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { comparePgtests } from "./compare-pgtests.ts";
import { type LensServer, startLensServer } from "./lens-server.ts";
import { PostgresQueryEngine } from "./postgres-query-engine.ts";

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

comparePgtests(import.meta.dirname, () => ({ postgres, lens }));
