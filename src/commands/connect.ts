// `lenswire connect`: how a user's client connects to a lens, as the texts and files that clients take.
import { writeFile } from "node:fs/promises";
import { isIPv6 } from "node:net";
import { parseArgs } from "node:util";
import type { Config, LensConfig, TlsConfig } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import type { Identity } from "../identity.ts";
import { effectiveGroup } from "../model/effective-group.ts";
import { loadModel } from "../model/load-model.ts";
import { didYouMean } from "../nearest-name.ts";
import { openLenses } from "../open-lenses.ts";
import { formatProblem, type Problem } from "../problem.ts";
import type { CommandIo } from "./command-io.ts";
import {
  type ConnectionTarget,
  connectionUri,
  isWritableName,
  jdbcUrl,
  odbcString,
  powerBiSource,
  type SslMode,
  sslModes,
} from "./connection-texts.ts";
import { findUser } from "./find-user.ts";
import { showFile } from "./show-file.ts";
import { type TableauTable, tableauSource } from "./tableau-source.ts";

const usage = `usage: lenswire connect --config FILE --user NAME [--lens NAME] [--table NAME]
  [--format uri|jdbc|odbc|tds|pbids] [--out FILE] [--host NAME] [--port N] [--sslmode MODE]
`;

interface Format {
  /** Who takes it. */
  readonly heading: string;
  text(target: ConnectionTarget, table: TableauTable | undefined): string;
}

const formats = {
  uri: { heading: "psql, libpq, Python, R, Node.js", text: connectionUri },
  jdbc: { heading: "Java, DBeaver", text: jdbcUrl },
  odbc: { heading: "psqlODBC", text: odbcString },
  tds: { heading: "Tableau, a file with this ending", text: tableauSource },
  pbids: { heading: "Power BI, a file with this ending", text: powerBiSource },
} satisfies Record<string, Format>;

type FormatName = keyof typeof formats;

interface ConnectRequest {
  readonly config: string;
  readonly user: string;
  readonly lens: string | undefined;
  /** One that the user sees, for the formats that name tables. */
  readonly table: string | undefined;
  /** Undefined: all of them, under headings. */
  readonly format: FormatName | undefined;
  readonly out: string | undefined;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly sslMode: SslMode | undefined;
}

/** What keeps a connection from being described; the message is for the user of the command. */
class ConnectFailure extends Error {}

/** Exit code 0 with the texts on stdout or in the file, 1 with a reason, 2 for arguments that make no sense. */
export async function runConnect(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire connect: ${request}\n${usage}`);
    return 2;
  }
  const report = (problems: readonly Problem[]) => {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem, showFile)}\n`);
  };
  try {
    const text = await connectionText(request, report);
    if (request.out === undefined) io.stdout.write(text);
    else await writeFile(request.out, text);
    return 0;
  } catch (error) {
    if (!(error instanceof ConnectFailure) && !isFileError(error)) throw error;
    io.stderr.write(`lenswire connect: ${error.message}\n`);
    return 1;
  }
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error;
}

type Report = (problems: readonly Problem[]) => void;

async function connectionText(request: ConnectRequest, report: Report): Promise<string> {
  const { config, problems } = await loadConfig(request.config);
  report(problems);
  if (config === undefined) throw new ConnectFailure("the configuration has errors");
  const identity = await findUser(config, request.user, report);
  if (identity === undefined) throw new ConnectFailure(`there is no user "${request.user}"`);
  const lens = findLens(config, request.lens);
  await requireGroup(lens, identity, report);
  const target = targetOf(request, config, lens);
  const table =
    request.table === undefined ? undefined : await findTable(config, lens, identity, request.table, report);
  if (request.format !== undefined) return `${formats[request.format].text(target, table)}\n`;
  const parts = Object.entries<Format>(formats).map(
    ([name, { heading, text }]) => `${name} (${heading}):\n${text(target, table)}\n`,
  );
  return parts.join("\n");
}

/** The lens that answers to the database name; the first where none is named. */
function findLens(config: Config, name: string | undefined): LensConfig {
  const lens = config.lenses.find(({ databaseNames }) => name === undefined || databaseNames.includes(name));
  if (lens !== undefined) return lens;
  const known = config.lenses.flatMap(({ databaseNames }) => databaseNames);
  throw new ConnectFailure(`there is no lens "${name}"${didYouMean(name ?? "", known)}`);
}

/** A user in no group of the lens is refused when connecting. */
async function requireGroup(lens: LensConfig, identity: Identity, report: Report): Promise<void> {
  const { model, problems } = await loadModel(lens.model);
  report(problems);
  if (model === undefined) throw new ConnectFailure(`the model of the lens "${lens.name}" has errors`);
  if (effectiveGroup(model, identity) === undefined)
    throw new ConnectFailure(`user "${identity.user}" is in no group of the lens "${lens.name}"`);
}

/** Addresses that a server listens on and no client connects to. */
const wildcardHosts = new Set(["0.0.0.0", "::", "[::]"]);

function targetOf(request: ConnectRequest, { server }: Config, lens: LensConfig): ConnectionTarget {
  const host = request.host ?? server.host;
  if (wildcardHosts.has(host))
    throw new ConnectFailure(`clients cannot connect to ${host}: name the server's address with --host`);
  if (!isHost(host)) throw new ConnectFailure(`"${host}" is no name or address of a host`);
  const port = request.port ?? server.port;
  if (port === 0)
    throw new ConnectFailure("the configured port is chosen at every start: name it with --port");
  const database = request.lens ?? lens.name;
  const { user } = request;
  for (const name of [database, user]) {
    if (!isWritableName(name))
      throw new ConnectFailure(`${JSON.stringify(name)} has characters that no connection string can hold`);
  }
  return { host, port, database, user, sslMode: request.sslMode ?? sslModeOf(server.tls) };
}

/** What the server takes at its safest; whose certificate it is, clients can check where they have the authority's. */
function sslModeOf(tls: TlsConfig | undefined): SslMode {
  return tls === undefined || tls.mode === "off" ? "disable" : "require";
}

/** The table or view as the user sees it: that needs the warehouse, for the types of its columns. */
async function findTable(
  config: Config,
  lens: LensConfig,
  identity: Identity,
  name: string,
  report: Report,
): Promise<TableauTable> {
  const { signal } = new AbortController();
  const opened = await openLenses({ ...config, lenses: [lens] }, { emit: () => {}, signal });
  try {
    const visible = opened.lenses?.[0]?.visibleTo(identity);
    if (visible === undefined) {
      report(opened.problems);
      throw new ConnectFailure(`the lens "${lens.name}" cannot be opened`);
    }
    const relation = visible.relations.get(name);
    if (relation === undefined)
      throw new ConnectFailure(
        `user "${identity.user}" sees no table "${name}"${didYouMean(name, visible.relations.keys())}`,
      );
    return { visible, relation, strict: lens.measureAggregates === "strict" };
  } finally {
    for (const warehouse of opened.warehouses) await warehouse.close();
  }
}

const portMax = 65_535;

function readRequest(argv: readonly string[]): ConnectRequest | string {
  try {
    const value = { type: "string" } as const;
    const options = {
      ...{ config: value, user: value, lens: value, table: value, format: value, out: value },
      ...{ host: value, port: value, sslmode: value },
    };
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    const { config, user, lens, table, format, out, host, sslmode } = values;
    if (config === undefined) return "--config is missing";
    if (user === undefined) return "--user is missing";
    if (format !== undefined && !isFormat(format))
      return `--format is one of ${Object.keys(formats).join(", ")}`;
    if (out !== undefined && format === undefined) return "--out needs a --format";
    const port = values.port === undefined ? undefined : Number(values.port);
    if (port !== undefined && !(Number.isInteger(port) && port > 0 && port <= portMax))
      return `--port is a whole number from 1 to ${portMax}`;
    const sslMode = sslModes.find((mode) => mode === sslmode);
    if (sslmode !== undefined && sslMode === undefined) return `--sslmode is one of ${sslModes.join(", ")}`;
    return { config, user, lens, table, format, out, host, port, sslMode };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function isFormat(name: string): name is FormatName {
  return Object.hasOwn(formats, name);
}

/** A DNS name, an IPv4 address or an IPv6 address: nothing that a format would have to escape. */
function isHost(host: string): boolean {
  return /^[\p{Letter}\p{Number}._-]+$/u.test(host) || isIPv6(host);
}
