// Reads where a PostgreSQL server is from a URL, as libpq reads its own. No problem shows any part of the URL: it may
// hold a password, and one that is not percent-encoded lies where a host or a path is expected.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { nearestName } from "../nearest-name.ts";
import type { PostgresAddress } from "./config.ts";

const modes = ["disable", "prefer", "require", "verify-ca", "verify-full"] as const;
type Mode = (typeof modes)[number];

const parameterNames = [
  "host",
  "port",
  "user",
  "password",
  "dbname",
  "sslmode",
  "sslrootcert",
  "sslcert",
  "sslkey",
  "connect_timeout",
] as const;
type ParameterName = (typeof parameterNames)[number];
type Parameters = Partial<Record<ParameterName, string>>;

const portDefault = 5432;
const portMax = 65_535;

/** libpq waits for ever; a statement must not. */
const connectTimeoutDefaultSeconds = 10;
/** setTimeout's longest delay, nearly 25 days. */
const connectTimeoutMaxSeconds = 2_147_483;

export interface ReadUrlOptions {
  /** Paths of files count from here. */
  readonly folder: string;
  /** The source's own `password`, where it has one. */
  readonly password: string | undefined;
}

/** What is wrong, as the end of a sentence. */
class UrlProblem extends Error {}

/** The server, or what is wrong with the URL. */
export function readPostgresUrl(
  text: string,
  options: ReadUrlOptions,
): PostgresAddress | { readonly problem: string } {
  try {
    return addressOf(text, options);
  } catch (error) {
    if (error instanceof UrlProblem) return { problem: error.message };
    throw error;
  }
}

const specialCharacters =
  "a user name or password with any of : / ? # [ ] @ % must be percent-encoded there; a password can stand as it is under the key password";

function addressOf(text: string, { folder, password }: ReadUrlOptions): PostgresAddress {
  const match = /^postgres(?:ql)?:\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/s.exec(text);
  if (match === null) throw new UrlProblem("expected a URL like postgres://USER@HOST:5432/DATABASE");
  const [, authority = "", path = "", query = "", fragment] = match;
  const at = authority.lastIndexOf("@");
  const userInfo = at === -1 ? "" : authority.slice(0, at);
  // What stands behind the authority and looks like one is the rest of a password.
  const isTorn = userInfo.includes("@") || `${path}${query}`.includes("@") || path.slice(1).includes("/");
  if (fragment !== undefined || isTorn) throw new UrlProblem(specialCharacters);
  const colon = userInfo.indexOf(":");
  const given: Parameters = {
    ...(userInfo !== "" && { user: decoded(colon === -1 ? userInfo : userInfo.slice(0, colon)) }),
    ...(colon !== -1 && { password: decoded(userInfo.slice(colon + 1)) }),
    ...hostOf(authority.slice(at + 1)),
    ...(path.length > 1 && { dbname: decoded(path.slice(1)) }),
    ...parametersOf(query),
  };
  const { host, user } = given;
  if (host === undefined || host === "") throw new UrlProblem("the URL names no host");
  if (host.includes(",")) throw new UrlProblem("the URL names several hosts, and only one is possible");
  if (user === undefined || user === "") throw new UrlProblem("the URL names no user");
  if (given.password !== undefined && password !== undefined) {
    throw new UrlProblem("the password stands in the URL and under the key password");
  }
  return {
    host,
    port: numberOf(given.port, "port", portDefault, portMax),
    user,
    database: given.dbname ?? user,
    password: password ?? given.password,
    tls: tlsOf(given, folder),
    connectTimeoutMs:
      1000 *
      numberOf(
        given.connect_timeout,
        "connect_timeout",
        connectTimeoutDefaultSeconds,
        connectTimeoutMaxSeconds,
      ),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new UrlProblem(specialCharacters);
  }
}

/** `name`, `name:5432`, `1.2.3.4`, `[::1]:5432`, or the folder of a Unix socket with its slashes encoded. */
function hostOf(text: string): Parameters {
  if (text === "") return {};
  const match = /^(?:\[([\d.:a-fA-F]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(text);
  if (match === null) throw new UrlProblem(`the host or the port cannot be read; ${specialCharacters}`);
  const [, address, name = "", port] = match;
  return {
    host: address ?? decoded(name),
    ...(port !== undefined && port !== "" && { port }),
  };
}

function parametersOf(query: string): Parameters {
  const given: Parameters = {};
  for (const pair of query === "" ? [] : query.split("&")) {
    const equals = pair.indexOf("=");
    const name = decoded(equals === -1 ? pair : pair.slice(0, equals));
    const known = parameterNames.find((candidate) => candidate === name);
    if (known === undefined) throw new UrlProblem(unknownParameter(name));
    given[known] = decoded(pair.slice(equals + 1));
  }
  return given;
}

/** Names a known parameter only: what stands there may be no name at all. */
function unknownParameter(name: string): string {
  const nearest = nearestName(name, parameterNames);
  const help =
    nearest === undefined ? `the parameters are ${parameterNames.join(", ")}` : `did you mean "${nearest}"?`;
  return `the URL has an unknown parameter; ${help}`;
}

function numberOf(text: string | undefined, name: ParameterName, otherwise: number, max: number): number {
  if (text === undefined) return otherwise;
  const value = /^\d+$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new UrlProblem(`${name} must be a whole number from 1 to ${max}`);
  return value;
}

function tlsOf({ sslmode = "prefer", ...files }: Parameters, folder: string): PostgresAddress["tls"] {
  const mode: Mode | undefined = modes.find((candidate) => candidate === sslmode);
  if (mode === undefined) throw new UrlProblem(`sslmode must be one of ${modes.join(", ")}`);
  const { sslrootcert, sslcert, sslkey } = files;
  if (mode.startsWith("verify") && sslrootcert === undefined) {
    throw new UrlProblem(
      `sslmode ${mode} needs sslrootcert: a PEM file, or "system" for the authorities of Node.js`,
    );
  }
  if (sslrootcert === "system" && mode !== "verify-full") {
    throw new UrlProblem(
      "sslrootcert=system needs sslmode verify-full: others could have a certificate from there too",
    );
  }
  if ((sslcert === undefined) !== (sslkey === undefined)) {
    throw new UrlProblem("sslcert and sslkey belong together");
  }
  const fileOf = (name: ParameterName, path: string | undefined) =>
    path === undefined ? undefined : readableFile(name, resolve(folder, path));
  return {
    mode,
    rootCert: sslrootcert === "system" ? "system" : fileOf("sslrootcert", sslrootcert),
    cert: fileOf("sslcert", sslcert),
    key: fileOf("sslkey", sslkey),
  };
}

function readableFile(name: ParameterName, path: string): string {
  try {
    readFileSync(path);
    return path;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    throw new UrlProblem(`the file of ${name} cannot be read (${code})`);
  }
}
