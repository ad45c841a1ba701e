// Where the data of a lens fixture lies: a DuckDB file, or a database of a real PostgreSQL that is started when a test
// first asks for it.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";
import type { Dialect } from "../../src/dialect/dialect.ts";
import { duckDbDialect } from "../../src/dialect/duckdb/duckdb-dialect.ts";
import { postgresDialect } from "../../src/dialect/postgres/postgres-dialect.ts";
import type { EmitEvent } from "../../src/events.ts";
import { openDuckDb } from "../../src/warehouse/duckdb.ts";
import { openPostgres } from "../../src/warehouse/postgres.ts";
import type { Warehouse } from "../../src/warehouse/warehouse.ts";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { type RealPostgres, startRealPostgres } from "./real-postgres.ts";

export interface FixtureWarehouse {
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
  /** Closes it and drops its data. */
  close(): Promise<void>;
}

export class FixtureWarehouses {
  #server: Promise<RealPostgres> | undefined;
  #databases = 0;

  /** `setUp` is run in it before a lens sees it. */
  open(kind: WarehouseKind, setUp: string, emit: EmitEvent): Promise<FixtureWarehouse> {
    return kind === "duckdb" ? openFile(setUp, emit) : this.#openDatabase(setUp, emit);
  }

  async close(): Promise<void> {
    await (await this.#server)?.stop();
  }

  async #openDatabase(setUp: string, emit: EmitEvent): Promise<FixtureWarehouse> {
    this.#server ??= startRealPostgres();
    const server = await this.#server;
    this.#databases += 1;
    const database = `lens${this.#databases}`;
    await runIn(server, server.database, `CREATE DATABASE ${database}`);
    await runIn(server, database, setUp);
    const { host, port, user, password } = server;
    const tls = { mode: "disable", rootCert: undefined, cert: undefined, key: undefined } as const;
    const warehouse = await openPostgres({
      server: { host, port, user, password, database, tls, connectTimeoutMs: 10_000 },
      poolMax: 2,
      emit,
    });
    return {
      warehouse,
      dialect: postgresDialect,
      close: async () => {
        await warehouse.close();
        await runIn(server, server.database, `DROP DATABASE ${database} WITH (FORCE)`);
      },
    };
  }
}

async function runIn(server: RealPostgres, database: string, sql: string): Promise<void> {
  const { host, port, user, password } = server;
  const client = new pg.Client({ host, port, user, password, database });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

async function openFile(setUp: string, emit: EmitEvent): Promise<FixtureWarehouse> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-warehouse-"));
  const path = join(folder, "warehouse.duckdb");
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(setUp);
  connection.closeSync();
  instance.closeSync();
  const warehouse = await openDuckDb({ path, emit });
  return {
    warehouse,
    dialect: duckDbDialect,
    close: async () => {
      await warehouse.close();
      await rm(folder, { recursive: true });
    },
  };
}
