// The built server as a process of its own, over a lens that a test writes: attacks go over the wire, as a client's do.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import pg from "pg";

const main = process.env["LENSWIRE_MAIN"] ?? fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface AttackLens {
  /** The database that clients connect to. */
  readonly name: string;
  /** Model files by their path below the model folder. */
  readonly files: Readonly<Record<string, string>>;
  /** Run in the lens's DuckDB file before the server opens it. */
  readonly setUp: string;
}

export interface AttackOptions {
  readonly lenses: readonly AttackLens[];
  /** Groups by user; a user's password is the name. */
  readonly users: Readonly<Record<string, readonly string[]>>;
  /** Lines of `limits:`, indented by two. */
  readonly limits?: string;
  /** Lines of `audit:` besides the file, indented by two. */
  readonly audit?: string;
  /** More of `server: {...}`, `auth: {...}` and `admin: {...}`, in flow style: `token: x`. */
  readonly server?: string;
  readonly auth?: string;
  readonly admin?: string;
  /** More files beside the configuration, by name. */
  readonly files?: Readonly<Record<string, string>>;
}

/** What came of a statement: rows as text in the order they came, or the error. */
export type Answer =
  | { readonly columns: readonly string[]; readonly rows: readonly (readonly (string | null)[])[] }
  | { readonly code: string; readonly error: string };

export interface AttackClient {
  readonly pg: pg.Client;
  ask(sql: string, parameters?: readonly unknown[]): Promise<Answer>;
  end(): Promise<void>;
}

export interface AttackServer {
  readonly port: number;
  readonly host: string;
  readonly adminUrl: string;
  /** Of the configuration. */
  readonly folder: string;
  connect(user: string, database?: string, options?: Readonly<Record<string, string>>): Promise<AttackClient>;
  /** The audit file's records. */
  audited(): Promise<readonly Readonly<Record<string, unknown>>[]>;
  auditText(): Promise<string>;
  /** What the server wrote to stderr so far. */
  log(): string;
  stop(): Promise<void>;
}

export async function startAttackServer(options: AttackOptions): Promise<AttackServer> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-attack-"));
  for (const [place, lens] of options.lenses.entries()) await writeLens(folder, place, lens);
  await writeFile(join(folder, "config.yaml"), configOf(options));
  await writeFile(join(folder, "users.yml"), usersOf(options.users));
  for (const [name, text] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), text);
  const process = spawnServer(join(folder, "config.yaml"));
  let log = "";
  process.stderr?.on("data", (data: Buffer) => {
    log += data.toString();
  });
  const { host, port, adminUrl } = await ready(process, () => log).catch(async (error: unknown) => {
    await rm(folder, { recursive: true });
    throw error;
  });
  const auditText = () => readFile(join(folder, "audit.jsonl"), "utf8");
  return {
    host,
    port,
    adminUrl,
    folder,
    connect: (user, database, settings) =>
      connect({ host, port, user, database: database ?? options.lenses[0]?.name ?? "", settings }),
    auditText,
    audited: async () =>
      (await auditText())
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    log: () => log,
    stop: async () => {
      const ended = new Promise((resolve) => process.once("exit", resolve));
      process.kill("SIGTERM");
      await ended;
      await rm(folder, { recursive: true });
    },
  };
}

async function writeLens(folder: string, place: number, lens: AttackLens): Promise<void> {
  for (const [name, text] of Object.entries(lens.files)) {
    const path = join(folder, `lens${place}`, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
  const instance = await DuckDBInstance.create(join(folder, `lens${place}.duckdb`));
  const connection = await instance.connect();
  await connection.run(lens.setUp);
  connection.closeSync();
  instance.closeSync();
}

function configOf(options: AttackOptions): string {
  const { lenses, limits, audit } = options;
  const more = (text: string | undefined) => (text === undefined ? "" : `, ${text}`);
  const lines = ["name: attacks", "sources:"];
  lenses.forEach((_, place) => {
    lines.push(`  - {name: source${place}, type: duckdb, path: ./lens${place}.duckdb}`);
  });
  lines.push("lenses:");
  lenses.forEach((lens, place) => {
    lines.push(`  - {name: ${lens.name}, model: ./lens${place}, source: source${place}}`);
  });
  lines.push(`server: {host: 127.0.0.1, port: 0${more(options.server)}}`);
  lines.push(`admin: {host: 127.0.0.1, port: 0${more(options.admin)}}`);
  lines.push(`auth: {users: ./users.yml${more(options.auth)}}`);
  lines.push(
    "limits:",
    limits ?? "  idleTimeout: 10m\n  queriesPerMinute: 1000000\n  catalogQueriesPerMinute: 1000000",
  );
  lines.push("audit:", "  file: ./audit.jsonl", audit ?? "  fsync: off");
  return `${lines.join("\n")}\n`;
}

function usersOf(users: Readonly<Record<string, readonly string[]>>): string {
  const lines = Object.entries(users).map(
    ([name, groups]) =>
      `  - {name: ${JSON.stringify(name)}, groups: ${JSON.stringify(groups)}, password: ${JSON.stringify(name)}}`,
  );
  return `users:\n${lines.join("\n")}\n`;
}

function spawnServer(config: string): ChildProcess {
  const args = [main, "serve", "--config", config, "--port", "0", "--admin-port", "0"];
  return spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
}

interface Addresses {
  readonly host: string;
  readonly port: number;
  readonly adminUrl: string;
}

/** Rejects with the server's own words when it does not start. */
function ready(process: ChildProcess, log: () => string): Promise<Addresses> {
  return new Promise((resolve, reject) => {
    let output = "";
    process.stdout?.on("data", (data: Buffer) => {
      output += data.toString();
      const found = /postgres:\/\/([^:]+):(\d+) admin (http\S+)/.exec(output);
      const [, host = "", port, adminUrl = ""] = found ?? [];
      if (found !== null) resolve({ host, port: Number(port), adminUrl });
    });
    process.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${log()}`)));
  });
}

/** Values as the wire's text. */
const asText = { getTypeParser: () => (value: string) => value };

async function connect(request: {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly settings: Readonly<Record<string, string>> | undefined;
}): Promise<AttackClient> {
  const { host, port, user, database, settings } = request;
  const client = new pg.Client({ host, port, user, password: user, database, types: asText, ...settings });
  client.on("error", () => {});
  await client.connect();
  return {
    pg: client,
    ask: (sql, parameters) => ask(client, sql, parameters),
    end: () => client.end(),
  };
}

async function ask(client: pg.Client, sql: string, parameters: readonly unknown[] = []): Promise<Answer> {
  try {
    const answer = await client.query<(string | null)[]>({
      text: sql,
      values: parameters as unknown[],
      rowMode: "array",
    });
    const last = Array.isArray(answer) ? (answer.at(-1) as typeof answer) : answer;
    return { columns: last.fields.map((field) => field.name), rows: last.rows };
  } catch (error) {
    const { code, message, detail, hint } = error as pg.DatabaseError;
    return {
      code: code ?? "",
      error: [message, detail, hint].filter((text) => text !== undefined).join("\n"),
    };
  }
}
