// A PostgreSQL warehouse over a real server, for one test file.
import pg from "pg";
import type { LensEvent } from "../../../src/events.ts";
import { openPostgres } from "../../../src/warehouse/postgres.ts";
import type { PostgresServer, PostgresTls } from "../../../src/warehouse/postgres-server.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";
import {
  type RealPostgres,
  type RealPostgresOptions,
  startRealPostgres,
} from "../../support/real-postgres.ts";

export interface PostgresSource {
  readonly real: RealPostgres;
  readonly warehouse: Warehouse;
  readonly events: LensEvent[];
  /** As the owner of everything, beside the warehouse. */
  admin(sql: string): Promise<Record<string, unknown>[]>;
  /** Another warehouse over the same server. */
  open(options?: OpenOptions): Promise<Warehouse>;
  stop(): Promise<void>;
}

export interface OpenOptions {
  readonly poolMax?: number;
  readonly server?: Partial<PostgresServer>;
  readonly events?: LensEvent[];
}

export const noTls: PostgresTls = { mode: "disable", rootCert: undefined, cert: undefined, key: undefined };

export async function startPostgresSource(
  setup: readonly string[] = [],
  options: RealPostgresOptions & OpenOptions = {},
): Promise<PostgresSource> {
  const real = await startRealPostgres(options);
  const admin = async (sql: string) => {
    // One for each question: some of the questions end every connection.
    const client = new pg.Client({ ...real });
    client.on("error", () => {});
    await client.connect();
    try {
      const result = await client.query(sql);
      return (Array.isArray(result) ? result.at(-1) : result).rows;
    } finally {
      await client.end();
    }
  };
  for (const sql of setup) await admin(sql);
  const opened: Warehouse[] = [];
  const open = async ({ poolMax, server, events }: OpenOptions = {}) => {
    const { host, port, user, password, database } = real;
    const warehouse = await openPostgres({
      server: { host, port, user, password, database, tls: noTls, connectTimeoutMs: 10_000, ...server },
      poolMax: poolMax ?? 4,
      emit: (event) => events?.push(event),
    });
    opened.push(warehouse);
    return warehouse;
  };
  const events: LensEvent[] = [];
  const warehouse = await open({ ...options, events });
  return {
    real,
    warehouse,
    events,
    admin,
    open,
    async stop() {
      for (const each of opened) await each.close();
      await real.stop();
    },
  };
}
