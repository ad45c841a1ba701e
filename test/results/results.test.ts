// The result suites beside this file, each record over the wire against the demo lens. Numbers are held against SQL
// that was written by hand on the raw tables of the same warehouse file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, test } from "vitest";
import { type ServedDemo, serveDemo } from "../support/served-demo.ts";
import { readSltFile } from "../support/slt-file.ts";
import { rawTypes, runSltRecord, type SltContext } from "../support/slt-run.ts";
import { RawTables } from "../support/slt-warehouse.ts";

const folder = import.meta.dirname;
const files = readdirSync(folder).filter((name) => name.endsWith(".slt"));

let demo: ServedDemo;
let warehouse: RawTables;

beforeAll(async () => {
  demo = await serveDemo({
    limits: ["queriesPerMinute: 100000", "catalogQueriesPerMinute: 100000", "idleTimeout: 10m"],
  });
  warehouse = await RawTables.open(join(demo.folder, "market.duckdb"));
});

afterAll(async () => {
  warehouse?.close();
  await demo?.close();
});

async function connect(user: string): Promise<pg.Client> {
  const client = new pg.Client({
    host: demo.host,
    port: demo.port,
    database: demo.database,
    user,
    password: user,
    types: rawTypes,
  });
  await client.connect();
  return client;
}

describe.each(files)("%s", (file) => {
  const clients = new Map<string, Promise<pg.Client>>();
  const context: SltContext = {
    get warehouse() {
      return warehouse;
    },
    connection(user) {
      const open = clients.get(user) ?? connect(user);
      clients.set(user, open);
      return open;
    },
    serverLog: () => demo.program.stderr,
  };

  afterAll(async () => {
    for (const client of clients.values()) await (await client).end();
  });

  for (const record of readSltFile(readFileSync(join(folder, file), "utf8"), file)) {
    test(`line ${record.line}, ${record.user}: ${record.name}`, () => runSltRecord(record, context));
  }
});
