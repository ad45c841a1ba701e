// A real PostgreSQL with the relations of the demo lens as its tables, and in them the rows that its admin reads from
// the lens. Whatever a client asks of both, of the catalog or of dimensions, has to have one answer. Measures are NULL.
import pg from "pg";
import { lensDdl } from "./lens-ddl.ts";
import { ownSchemaDdl } from "./own-schema.ts";
import { type RealPostgres, startRealPostgres } from "./real-postgres.ts";
import type { ServedDemo } from "./served-demo.ts";

/** Rows of one INSERT, each column an array: PostgreSQL takes them in one parameter each. */
const rowsPerInsert = 5000;

/** The collation that a lens's catalog has. */
const initdbFlags = [
  "--encoding=UTF8",
  "--locale=C",
  "--locale-provider=builtin",
  "--builtin-locale=C.UTF-8",
];

/** Who owns a lens's tables in its catalog. */
const owner = "lenswire";

/** Of the same name as the lens, read by a user `admin` as the lens is. */
export async function startLensTwin(demo: ServedDemo): Promise<RealPostgres> {
  const server = await startRealPostgres({ tls: true, initdbFlags });
  try {
    const creator = new pg.Client({ ...server });
    await creator.connect();
    await creator.query(`CREATE DATABASE "${demo.database}"`);
    // Named as in a lens's catalog, where there is one database.
    await creator.query(`CREATE ROLE ${owner} SUPERUSER LOGIN PASSWORD '${owner}'`);
    await creator.query("CREATE ROLE admin LOGIN PASSWORD 'admin'");
    await creator.query("UPDATE pg_database SET datallowconn = false WHERE datname <> $1", [demo.database]);
    await creator.end();
    await fill({ ...server, user: owner, password: owner, database: demo.database }, demo);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, user: "admin", password: "admin", database: demo.database };
}

async function fill(server: RealPostgres, demo: ServedDemo): Promise<void> {
  const twin = new pg.Client({ ...server });
  await twin.connect();
  // First, as in an instance: some tools sort by oid.
  await twin.query(ownSchemaDdl);
  await twin.query(await lensDdl("demo"));
  const lens = new pg.Client({
    host: demo.host,
    port: demo.port,
    user: "admin",
    password: "admin",
    database: demo.database,
  });
  await lens.connect();
  for (const relation of ["customers", "transactions"]) await copyRows(relation, lens, twin);
  await lens.end();
  await twin.query("ANALYZE");
  await twin.end();
}

async function copyRows(relation: string, lens: pg.Client, twin: pg.Client): Promise<void> {
  const described = await twin.query<{ name: string; type: string }>(
    `SELECT quote_ident(attname) AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1::regclass AND attnum > 0
       AND coalesce(col_description(attrelid, attnum), '') NOT LIKE 'measure (%' ORDER BY attnum`,
    [`public.${relation}`],
  );
  const names = described.rows.map(({ name }) => name).join(", ");
  const texts = described.rows.map(({ name }) => `CAST(${name} AS text)`).join(", ");
  const { rows } = await lens.query({ text: `SELECT ${texts} FROM ${relation}`, rowMode: "array" });
  const values = described.rows.map(({ type }, place) => `$${place + 1}::text[]::${type}[]`).join(", ");
  for (let at = 0; at < rows.length; at += rowsPerInsert) {
    const part = rows.slice(at, at + rowsPerInsert);
    await twin.query(
      `INSERT INTO ${relation} (${names}) SELECT * FROM unnest(${values})`,
      described.rows.map((_, place) => part.map((row) => row[place])),
    );
  }
}
