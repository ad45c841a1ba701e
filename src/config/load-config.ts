// Reads the configuration file; the only reader of the process's environment.
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, hasErrors, type Problem, sortProblems } from "../problem.ts";
import { plannedWarehouseKinds, type WarehouseKind, warehouseKinds } from "../warehouse-kind.ts";
import { checkShape } from "../yaml-shape.ts";
import { placesOfText, readYaml, type YamlPart, type YamlPath } from "../yaml-source.ts";
import type { Config, LensConfig, SourceConfig } from "./config.ts";
import { anySourceShape, configShape, type RawConfig, sourceShapes } from "./config-shape.ts";
import { databaseNames } from "./database-names.ts";
import { readLimitStore } from "./limit-store.ts";
import { readPostgresUrl } from "./postgres-url.ts";
import { type Environment, isAboutSubstitution, substitute } from "./substitute.ts";

export interface LoadedConfig {
  /** undefined when a problem is an error. */
  readonly config: Config | undefined;
  readonly problems: readonly Problem[];
}

/** Never rejects for what is wrong with the file: that is told as problems. */
export async function loadConfig(
  file: string,
  environment: Environment = process.env,
): Promise<LoadedConfig> {
  const problems: Problem[] = [];
  const read = await readSubstituted(file, environment, problems);
  const config = read && configOf(read.part, dirname(resolve(file)), read.showValue, problems);
  return {
    config: hasErrors(problems) ? undefined : config,
    problems: sortProblems(firstOfEachPlace(problems)),
  };
}

/** A value that is not there is told once, not also as a value of the wrong shape. */
export function firstOfEachPlace(problems: readonly Problem[]): readonly Problem[] {
  const missing = new Set(
    problems.filter(isAboutSubstitution).map(({ location }) => JSON.stringify(location)),
  );
  return problems.filter(
    (problem) => isAboutSubstitution(problem) || !missing.has(JSON.stringify(problem.location)),
  );
}

export interface SubstitutedFile {
  readonly part: YamlPart;
  readonly showValue: (path: YamlPath) => boolean;
}

/** A YAML file with ${...} replaced; undefined after a problem. */
export async function readSubstituted(
  file: string,
  environment: Environment,
  problems: Problem[],
): Promise<SubstitutedFile | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    problems.push(errorAt({ file, line: 1, column: 1 }, `the file cannot be read (${code})`));
    return undefined;
  }
  const part = readYaml(text, placesOfText(file, text), problems);
  if (part === undefined) return undefined;
  const substituted = substitute(part, dirname(resolve(file)), environment, problems);
  const isReplaced = (path: YamlPath): boolean => substituted.replaced.has(JSON.stringify(path));
  return { part: substituted.part, showValue: (path) => !isReplaced(path) };
}

function configOf(
  part: YamlPart,
  folder: string,
  showValue: (path: YamlPath) => boolean,
  problems: Problem[],
): Config | undefined {
  const raw = checkShape(part, configShape, problems, { showValue });
  if (raw === undefined) return undefined;
  const sources = raw.sources.flatMap((value, i) => {
    const at: YamlPart = {
      ...part,
      value,
      place: (path = []) => part.place(["sources", i, ...path]),
      keyPlace: (path) => part.keyPlace(["sources", i, ...path]),
    };
    const source = sourceOf(at, folder, (path) => showValue(["sources", i, ...path]), problems);
    return source === undefined ? [] : [source];
  });
  checkUnique(part, "sources", raw.sources as readonly { name?: string }[], "source", problems);
  const lenses = raw.lenses.map((lens, i) => lensOf(part, lens, i, folder, raw, problems));
  checkDatabaseNames(part, lenses, problems);
  const path = (relative: string): string => resolve(folder, relative);
  const { server, auth, limits, audit, lineage } = raw;
  return {
    name: raw.name,
    sources,
    lenses,
    server: {
      host: server.host,
      port: server.port,
      watch: server.watch,
      tls: server.tls && {
        ...server.tls,
        cert: path(server.tls.cert),
        key: path(server.tls.key),
        clientCa: server.tls.clientCa && path(server.tls.clientCa),
      },
    },
    admin: { host: raw.admin.host, port: raw.admin.port, token: raw.admin.token },
    auth: authOf(auth, path),
    limits: limitsOf(part, limits, path, problems),
    audit: audit && { ...audit, file: path(audit.file), keepFiles: audit.keepFiles },
    lineage: lineage && { ...lineage, apiKey: lineage.apiKey, headers: lineage.headers ?? {} },
  };
}

function authOf(auth: RawConfig["auth"], path: (relative: string) => string): Config["auth"] {
  const { users, jwt, heimdall, method } = auth;
  return {
    users: users && path(users),
    jwt: jwt && {
      issuer: jwt.issuer,
      audience: jwt.audience,
      jwks: /^https?:/.test(jwt.jwks) ? jwt.jwks : path(jwt.jwks),
      userClaim: jwt.userClaim,
      groupsClaim: jwt.groupsClaim,
      attributes: new Map(Object.entries(jwt.attributes ?? {})),
      algorithms: jwt.algorithms,
      clockSkewMs: jwt.clockSkew,
    },
    heimdall: heimdall && {
      url: heimdall.url,
      timeoutMs: heimdall.timeout,
      cacheMs: heimdall.cache,
      attributes: new Map(Object.entries(heimdall.attributes ?? {})),
    },
    method,
  };
}

function limitsOf(
  part: YamlPart,
  limits: RawConfig["limits"],
  path: (relative: string) => string,
  problems: Problem[],
): Config["limits"] {
  const { idleTimeout, catalogTimeout, statementTimeout, webhook, ...others } = limits;
  const { store, storePassword, storeCa, storePrefix, storeTimeout, storeLease, ...rest } = others;
  const read = readLimitStore(store, {
    password: storePassword,
    ca: storeCa && path(storeCa),
    prefix: storePrefix,
    timeoutMs: storeTimeout,
    leaseMs: storeLease,
  });
  if (typeof read === "object" && "problem" in read)
    problems.push(errorAt(part.place(["limits", read.key]), read.problem));
  return {
    ...rest,
    webhook,
    idleTimeoutMs: idleTimeout,
    catalogTimeoutMs: catalogTimeout,
    statementTimeoutMs: statementTimeout,
    // Not used after a problem.
    store: typeof read === "object" && "problem" in read ? "memory" : read,
  };
}

function sourceOf(
  part: YamlPart,
  folder: string,
  showValue: (path: YamlPath) => boolean,
  problems: Problem[],
): SourceConfig | undefined {
  const any = checkShape(part, anySourceShape, problems, { showValue });
  if (any === undefined) return undefined;
  const released = warehouseKinds.find((kind) => kind === any.type);
  if (released === undefined) {
    const planned = plannedWarehouseKinds.some((kind) => kind === any.type);
    const known = `the types of this release are ${warehouseKinds.join(", ")}`;
    const message = planned
      ? `warehouse type "${any.type}" is not in this release; ${known}`
      : `there is no warehouse type "${any.type}"${didYouMean(any.type, [...warehouseKinds, ...plannedWarehouseKinds])}; ${known}`;
    problems.push(errorAt(part.place(["type"]), message));
    return undefined;
  }
  return sourceReaders[released](part, folder, showValue, problems);
}

type SourceReader = (
  part: YamlPart,
  folder: string,
  showValue: (path: YamlPath) => boolean,
  problems: Problem[],
) => SourceConfig | undefined;

const sourceReaders: Record<WarehouseKind, SourceReader> = {
  duckdb: (part, folder, showValue, problems) => {
    const source = checkShape(part, sourceShapes.duckdb, problems, { showValue });
    if (source === undefined) return undefined;
    const { name, type, path } = source;
    return { name, type, path: resolve(folder, path), location: part.place(["name"]) };
  },
  postgres: (part, folder, showValue, problems) => {
    const source = checkShape(part, sourceShapes.postgres, problems, { showValue });
    if (source === undefined) return undefined;
    const { name, type, url, password, poolMax } = source;
    const server = readPostgresUrl(url, { folder, password });
    if ("problem" in server) {
      problems.push(errorAt(part.place(["url"]), server.problem));
      return undefined;
    }
    return { name, type, server, poolMax, location: part.place(["name"]) };
  },
};

function lensOf(
  part: YamlPart,
  lens: RawConfig["lenses"][number],
  index: number,
  folder: string,
  raw: RawConfig,
  problems: Problem[],
): LensConfig {
  const names = raw.sources.map((source) => String((source as { name?: unknown } | null)?.name));
  const source = lens.source ?? names[0] ?? "";
  if (!names.includes(source)) {
    const message = `there is no source "${source}"${didYouMean(source, names)}`;
    problems.push(errorAt(part.place(["lenses", index, "source"]), message));
  }
  return {
    name: lens.name,
    databaseNames: databaseNames(lens.name),
    model: resolve(folder, lens.model),
    source,
    measureAggregates: lens.measureAggregates,
    location: part.place(["lenses", index, "name"]),
  };
}

function checkUnique(
  part: YamlPart,
  key: string,
  items: readonly { readonly name?: unknown }[],
  what: string,
  problems: Problem[],
): void {
  items.forEach((item, i) => {
    const name = item?.name;
    if (name === undefined || items.findIndex((other) => other?.name === name) === i) return;
    problems.push(errorAt(part.place([key, i, "name"]), `there are two ${what}s "${String(name)}"`));
  });
}

function checkDatabaseNames(part: YamlPart, lenses: readonly LensConfig[], problems: Problem[]): void {
  const owners = new Map<string, string>();
  lenses.forEach((lens, i) => {
    for (const name of lens.databaseNames) {
      const owner = owners.get(name);
      if (owner !== undefined) {
        const message = `lens "${lens.name}" would answer to "${name}", as lens "${owner}" does`;
        problems.push(errorAt(part.place(["lenses", i, "name"]), message));
        return;
      }
    }
    for (const name of lens.databaseNames) owners.set(name, lens.name);
  });
}
