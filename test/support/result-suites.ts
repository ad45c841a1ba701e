// Runs the result suites of a folder: each record over the wire against one served lens. Numbers are held against SQL
// that was written by hand on the raw tables of the same warehouse.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import type { ServedDemo } from "./served-demo.ts";
import { readSltFile } from "./slt-file.ts";
import { rawTypes, runSltRecord, type SltContext } from "./slt-run.ts";
import { RawTables } from "./slt-warehouse.ts";

export interface ResultLens {
  serve(): Promise<ServedDemo>;
  /** The warehouse file in the folder that is served. */
  readonly warehouseFile: string;
  /** Where its raw tables are. */
  readonly schema: string;
}

async function connect(served: ServedDemo, user: string): Promise<pg.Client> {
  const { host, port, database } = served;
  const client = new pg.Client({ host, port, database, user, password: user, types: rawTypes });
  await client.connect();
  return client;
}

/** Defines a test for each record of each suite in the folder itself. */
export function defineResultSuites(folder: string, lens: ResultLens): void {
  const files = readdirSync(folder).filter((name) => name.endsWith(".slt"));
  let served: ServedDemo;
  let warehouse: RawTables;

  beforeAll(async () => {
    served = await lens.serve();
    warehouse = await RawTables.open(join(served.folder, lens.warehouseFile), lens.schema);
  });

  afterAll(async () => {
    warehouse?.close();
    await served?.close();
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
      test(`line ${record.line}, ${record.user}: ${record.name}`, () => runSltRecord(record, context));
    }
  });
}
