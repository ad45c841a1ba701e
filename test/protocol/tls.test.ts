// Conversations with servers that have TLS and take plain connections too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { afterAll, beforeAll } from "vitest";
import { certificateFile, type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { comparePgtests } from "./compare-pgtests.ts";
import { type LensServer, startLensServer } from "./lens-server.ts";
import { PostgresQueryEngine } from "./postgres-query-engine.ts";

let postgres: RealPostgres;
let lens: LensServer;

beforeAll(async () => {
  postgres = await startRealPostgres({ tls: true });
  const secureContext = createSecureContext({
    cert: readFileSync(certificateFile("localhost.crt")),
    key: readFileSync(certificateFile("localhost.key")),
  });
  const tls = { secureContext: () => secureContext, mode: "allow", channelBinding: true } as const;
  lens = await startLensServer({ queries: new PostgresQueryEngine(postgres), listener: { tls } });
});

afterAll(async () => {
  await lens?.stop();
  await postgres?.stop();
});

comparePgtests(join(import.meta.dirname, "tls"), () => ({ postgres, lens }));
