// The demo lens over a small demo warehouse, in a folder of its own, served by the built program on ports of the
// system's choice.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { copyTables } from "./postgres-copy.ts";
import { Program, type ProgramEnd, runProgram } from "./program.ts";
import { certificateFile, type RealPostgres } from "./real-postgres.ts";

const lensFolder = fileURLToPath(new URL("../../lens", import.meta.url));

/** Enough for every branch and month to have transactions, and made in a second. */
const rowsDefault = 20_000;

export interface DemoOptions {
  /** Where the warehouse's tables are copied and served from, in place of the DuckDB file. */
  readonly postgres?: RealPostgres;
  /** Transactions in the warehouse. */
  readonly rows?: number;
  /** Lines of the section `limits` of the configuration. */
  readonly limits?: readonly string[];
  /** With the certificate for the host `localhost`; plain connections are taken as well. */
  readonly tls?: boolean;
}

/** A warehouse and a configuration in a folder of their own. */
export interface DemoFolder {
  readonly folder: string;
  /** What clients connect to. */
  readonly database: string;
  readonly config: string;
  readonly auditFile: string;
  remove(): Promise<void>;
}

export interface ServedDemo extends DemoFolder {
  readonly host: string;
  readonly port: number;
  readonly adminUrl: string;
  readonly program: Program;
  /** Stops the program; the folder is left. */
  stop(): Promise<ProgramEnd>;
  close(): Promise<void>;
  /** Resolves when a statement with this text is about to run: its audit record is written before that. */
  running(text: string): Promise<void>;
}

/** An item of `sources`. */
export const duckDbSource = (file: string) => `{name: icebase, type: duckdb, path: ./${file}}`;

export function postgresSource({ host, port, user, password, database }: RealPostgres): string {
  const url = `postgres://${user}@${host}:${port}/${database}`;
  return `{name: icebase, type: postgres, url: "${url}", password: ${password}}`;
}

/** The warehouse file in a demo folder. */
export const demoFile = "market.duckdb";

const tlsText = `{ cert: ${certificateFile("localhost.crt")}, key: ${certificateFile("localhost.key")}, mode: allow }`;

function configText(options: DemoOptions): string {
  const limits = options.limits ?? [];
  const source = options.postgres === undefined ? duckDbSource(demoFile) : postgresSource(options.postgres);
  return `name: customer-market-place
sources: [${source}]
lenses:
  - name: public:customer-data-market-place
    model: ./model
    source: icebase
server: { host: 127.0.0.1, port: 0${options.tls === true ? `, tls: ${tlsText}` : ""} }
admin: { host: 127.0.0.1, port: 0 }
auth:
  users: ${lensFolder}/users.yml
${limits.length === 0 ? "" : "limits:\n"}${limits.map((line) => `  ${line}\n`).join("")}audit:
  file: ./audit.jsonl
`;
}

/** The warehouse and the configuration, not served yet. */
export async function makeDemoFolder(options: DemoOptions = {}): Promise<DemoFolder> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-demo-"));
  const config = join(folder, "config.yaml");
  await writeFile(config, configText(options));
  await cp(join(lensFolder, "model"), join(folder, "model"), { recursive: true });
  // Suites ask more than any analyst in a minute.
  const groups = join(folder, "model", "user_groups.yml");
  const withRates = await readFile(groups, "utf8");
  await writeFile(groups, withRates.replace(/^ {4}rateLimits:\n(?: {6}.*\n)+/gm, ""));
  const rows = String(options.rows ?? rowsDefault);
  const demo = await runProgram(["demo", "--rows", rows, "--out", join(folder, demoFile)]);
  if (demo.code !== 0) throw new Error(`lenswire demo failed: ${demo.stderr}`);
  if (options.postgres !== undefined) await copyTables(join(folder, demoFile), options.postgres);
  return {
    folder,
    database: "customer-data-market-place",
    config,
    auditFile: join(folder, "audit.jsonl"),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Resolves when both ports listen. */
export async function serveFolder(
  demo: DemoFolder,
  environment: Readonly<Record<string, string>> = {},
): Promise<ServedDemo> {
  const args = ["serve", "--config", demo.config, "--port", "0", "--admin-port", "0"];
  const program = new Program(args, { environment });
  const ready = await program.printed("stdout", /^lenswire ready: postgres:\/\/([^:]+):(\d+) admin (\S+)\n/m);
  return {
    ...demo,
    host: ready[1] ?? "",
    port: Number(ready[2]),
    adminUrl: ready[3] ?? "",
    program,
    stop: () => program.stop(),
    async close() {
      await program.stop();
      await demo.remove();
    },
    async running(text) {
      const isRunning = async () => {
        const records = (await readFile(demo.auditFile, "utf8")).split("\n").slice(0, -1);
        return records
          .map((line) => JSON.parse(line))
          .some(({ event, sql }) => event === "opened" && sql === text);
      };
      await vi.waitFor(async () => {
        if (!(await isRunning())) throw new Error("the statement does not run yet");
      }, 20_000);
    },
  };
}

export async function serveDemo(options: DemoOptions = {}): Promise<ServedDemo> {
  return serveFolder(await makeDemoFolder(options));
}
