// The audit files as tables of a DuckDB that reads these files and nothing else, and writes nothing.
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, StatementType } from "@duckdb/node-api";
import { quoteName } from "../sql/quote-name.ts";

export interface AuditFilter {
  readonly user: string | undefined;
  /** Statements that read this table. */
  readonly table: string | undefined;
  /** Statements that read this `table.member`. */
  readonly member: string | undefined;
  /** Like 2026-11-25T00:00:00.000Z. */
  readonly since: string | undefined;
  /** Records before it. */
  readonly until: string | undefined;
}

/** A table beside `audit`, of texts. */
export interface TextTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface AuditAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** Bytes of one record: a statement's text stands in it as the client wrote it and as the warehouse got it. */
const recordBytesMax = 64 * 1024 * 1024;

/** What was not written to its end is left out: a server may be writing. */
const columnTypes = {
  event: "VARCHAR",
  time: "VARCHAR",
  id: "VARCHAR",
  user: "VARCHAR",
  lens: "VARCHAR",
  group: "VARCHAR",
  clientAddress: "VARCHAR",
  applicationName: "VARCHAR",
  sql: "VARCHAR",
  sourceSql: "VARCHAR",
  tables: "VARCHAR[]",
  members: "VARCHAR[]",
  columns: "VARCHAR[]",
  segments: "VARCHAR[]",
  masked: "VARCHAR[]",
  unmasked: "VARCHAR[]",
  lineage: "JSON",
  parameters: "VARCHAR[]",
  outcome: "VARCHAR",
  message: "VARCHAR",
  rows: "BIGINT",
  bytes: "BIGINT",
  durationMs: "DOUBLE",
  stages: "MAP(VARCHAR, DOUBLE)",
};

/** Rejects with what DuckDB says. */
export async function askAudit(
  files: readonly string[],
  request: { readonly filter: AuditFilter; readonly tables: readonly TextTable[]; readonly sql: string },
): Promise<AuditAnswer> {
  const instance = await DuckDBInstance.create(":memory:", {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // What does not fit into memory is an error, not a file in the folder that the command is run in.
    temp_directory: "",
  });
  try {
    const connection = await instance.connect();
    try {
      await prepareTables(connection, files, request);
      return await runSelect(connection, request.sql);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}

async function prepareTables(
  connection: DuckDBConnection,
  files: readonly string[],
  { filter, tables }: { readonly filter: AuditFilter; readonly tables: readonly TextTable[] },
): Promise<void> {
  for (const table of tables) await connection.run(tableSql(table));
  // Patterns are looked up in this list before they are files.
  await connection.run(`SET allowed_paths = ${listOf([...files, ...files.map(withoutPatterns)])}`);
  await connection.run("SET enable_external_access = false");
  await connection.run("SET lock_configuration = true");
  await connection.run(recordsSql(files));
  await connection.run(auditSql(filter));
}

async function runSelect(connection: DuckDBConnection, sql: string): Promise<AuditAnswer> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) throw new Error("one SELECT is wanted");
  const prepared = await statements.prepare(0);
  // COPY could write into the files that may be read.
  if (prepared.statementType !== StatementType.SELECT) throw new Error("only SELECT is run");
  const reader = await prepared.runAndReadAll();
  const areCounts = reader.columnTypes().map(({ typeId }) => countTypes.has(typeId));
  const rows = reader
    .getRowsJson()
    .map((row) => row.map((value, at) => (areCounts[at] ? asNumber(value) : value)));
  return { columns: reader.deduplicatedColumnNames(), rows };
}

/** The driver gives these as texts, since they may be larger than a number is exact. */
const countTypes: ReadonlySet<DuckDBTypeId> = new Set([
  ...[DuckDBTypeId.BIGINT, DuckDBTypeId.UBIGINT, DuckDBTypeId.HUGEINT, DuckDBTypeId.UHUGEINT],
]);

function asNumber(value: unknown): unknown {
  const number = Number(value);
  return value !== null && Number.isSafeInteger(number) ? number : value;
}

function tableSql({ name, columns, rows }: TextTable): string {
  const declared = columns.map((column) => `${quoteName(column)} VARCHAR`).join(", ");
  const create = `CREATE TABLE ${quoteName(name)} (${declared})`;
  if (rows.length === 0) return create;
  const values = rows.map((row) => `(${row.map(literal).join(", ")})`).join(",\n");
  return `${create}; INSERT INTO ${quoteName(name)} VALUES ${values}`;
}

function recordsSql(files: readonly string[]): string {
  const columns = Object.entries(columnTypes).map(([name, type]) => `${quoteName(name)}: ${literal(type)}`);
  const options = `format = 'newline_delimited', ignore_errors = true, maximum_object_size = ${recordBytesMax}`;
  const paths = listOf(files.map(withoutPatterns));
  return `CREATE VIEW records AS SELECT * REPLACE (TRY_CAST(time AS TIMESTAMP) AS time)
    FROM read_json(${paths}, columns = {${columns.join(", ")}}, ${options}) WHERE event IS NOT NULL`;
}

/**
 * One row for each record but `closed`, which stands in the row of its statement. Only statements have an id; with any
 * condition beside it DuckDB would not join by hash.
 */
function auditSql({ user, table, member, since, until }: AuditFilter): string {
  const conditions = [
    "o.event <> 'closed'",
    user !== undefined && `o."user" = ${literal(user)}`,
    table !== undefined && `list_contains(o.tables, ${literal(table)})`,
    member !== undefined && `list_contains(o.members, ${literal(member)})`,
    since !== undefined && `o.time >= CAST(${literal(since)} AS TIMESTAMP)`,
    until !== undefined && `o.time < CAST(${literal(until)} AS TIMESTAMP)`,
  ].filter((condition) => condition !== false);
  const ofClosed = ["outcome", "rows", "bytes", "durationMs", "stages"].map(quoteName);
  const replaced = ofClosed.map((name) => `coalesce(o.${name}, c.${name}) AS ${name}`);
  return `CREATE VIEW audit AS SELECT o.* REPLACE (${replaced.join(", ")})
    FROM records AS o LEFT JOIN (SELECT * FROM records WHERE event = 'closed') AS c ON c.id = o.id
    WHERE ${conditions.join(" AND ")}`;
}

function listOf(texts: readonly string[]): string {
  return `[${texts.map(literal).join(", ")}]`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** DuckDB takes these in a path for a pattern of paths. */
function withoutPatterns(path: string): string {
  return path.replace(/[*?[]/g, "[$&]");
}
