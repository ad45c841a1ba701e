// Runs the result suites of a folder: each record over the wire against one lens, served from one warehouse. Numbers
// are held against SQL that was written by hand on the raw tables, in DuckDB, whatever the warehouse: so the rows of two
// warehouses are the same rows.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { type RealPostgres, startRealPostgres } from "./real-postgres.ts";
import { type DemoFolder, type ServedDemo, serveFolder } from "./served-demo.ts";
import { readSltFile } from "./slt-file.ts";
import { rawTypes, runSltRecord, type SltContext } from "./slt-run.ts";
import { RawTables } from "./slt-warehouse.ts";

export interface ResultLens {
  /** The configuration, and the warehouse: a DuckDB file, and with a PostgreSQL the same tables there. */
  makeFolder(postgres: RealPostgres | undefined): Promise<DemoFolder>;
  /** The DuckDB file in the folder. */
  readonly warehouseFile: string;
  /** Where the raw tables are in it. */
  readonly schema: string;
}

async function connect(served: ServedDemo, user: string): Promise<pg.Client> {
  const { host, port, database } = served;
  const client = new pg.Client({ host, port, database, user, password: user, types: rawTypes });
  await client.connect();
  return client;
}

/** Defines a test for each record of each suite in the folder itself. */
export function defineResultSuites(folder: string, lens: ResultLens, kind: WarehouseKind): void {
  const files = readdirSync(folder).filter((name) => name.endsWith(".slt"));
  let postgres: RealPostgres | undefined;
  let served: ServedDemo;
  let warehouse: RawTables;

  beforeAll(async () => {
    if (kind === "postgres") postgres = await startRealPostgres();
    served = await serveFolder(await lens.makeFolder(postgres));
    warehouse = await RawTables.open(join(served.folder, lens.warehouseFile), lens.schema);
  });

  afterAll(async () => {
    warehouse?.close();
    await served?.close();
    await postgres?.stop();
  });

  describe.each(files)("%s", (file) => {
    const clients = new Map<string, Promise<pg.Client>>();
    const context: SltContext = {
      get warehouse() {
        return warehouse;
      },
      connection(user) {
        const open = clients.get(user) ?? connect(served, user);
        clients.set(user, open);
        return open;
      },
      serverLog: () => served.program.stderr,
    };

    afterAll(async () => {
      for (const client of clients.values()) await (await client).end();
    });

    for (const record of readSltFile(readFileSync(join(folder, file), "utf8"), file)) {
      if (record.only !== undefined && record.only !== kind) continue;
      test(`line ${record.line}, ${record.user}: ${record.name}`, () => runSltRecord(record, context));
    }
  });
}
