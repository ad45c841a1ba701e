// Reads where limits are counted. No problem shows any part of the URL: it may hold a password, and one that is not
// percent-encoded lies where a host is expected.
import { readFileSync } from "node:fs";
import { type RedisStore, renewalsPerLease } from "../redis-store.ts";

const portDefault = 6379;
const portMax = 65_535;

export interface LimitStoreOptions {
  /** `limits.storePassword`. */
  readonly password: string | undefined;
  /** `limits.storeCa`: the path of a file. */
  readonly ca: string | undefined;
  readonly prefix: string;
  readonly timeoutMs: number;
  readonly leaseMs: number;
}

export interface LimitStoreProblem {
  /** The key of `limits` that it is about. */
  readonly key: "store" | "storePassword" | "storeCa" | "storeLease";
  readonly problem: string;
}

const expected = "expected memory, or a URL like redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379/0";
const specialCharacters =
  "a user name or password with any of : / ? # [ ] @ % must be percent-encoded there; a password can stand as it is under the key storePassword";

/** The store, or what is wrong. */
export function readLimitStore(
  text: string,
  options: LimitStoreOptions,
): "memory" | RedisStore | LimitStoreProblem {
  const { password, ca, prefix, timeoutMs, leaseMs } = options;
  if (text === "memory") {
    const needless = password !== undefined ? "storePassword" : ca !== undefined ? "storeCa" : undefined;
    if (needless === undefined) return "memory";
    return { key: needless, problem: `${needless} needs a store that is a redis:// URL` };
  }
  const url = readUrl(text);
  if ("problem" in url) return { key: "store", problem: url.problem };
  const { isEncrypted, ...server } = url;
  if (password !== undefined && server.password !== undefined)
    return {
      key: "storePassword",
      problem: "the password stands in the URL and under the key storePassword",
    };
  if (ca !== undefined && !isEncrypted)
    return { key: "storeCa", problem: "storeCa needs a store with TLS: a rediss:// URL" };
  const unreadable = ca === undefined ? undefined : problemOfFile(ca);
  if (unreadable !== undefined) return { key: "storeCa", problem: unreadable };
  // Each renewal may take the whole time for an answer.
  if (leaseMs < renewalsPerLease * timeoutMs)
    return {
      key: "storeLease",
      problem: `storeLease must be at least ${renewalsPerLease} times storeTimeout`,
    };
  const tls = isEncrypted ? { ca } : undefined;
  return { ...server, password: password ?? server.password, tls, prefix, timeoutMs, leaseMs };
}

interface ServerOfUrl extends Pick<RedisStore, "host" | "port" | "username" | "password" | "database"> {
  readonly isEncrypted: boolean;
}

function readUrl(text: string): ServerOfUrl | { readonly problem: string } {
  const match = /^(rediss?):\/\/(?:([^/?#]*)@)?([^@/?#]*)(?:\/([^?#]*))?(.*)$/s.exec(text);
  if (match === null) return { problem: expected };
  const [, scheme, userInfo, hostAndPort = "", database = "", rest = ""] = match;
  if (userInfo?.includes("@") || `${database}${rest}`.includes("@")) return { problem: specialCharacters };
  if (rest !== "") return { problem: "the URL has parameters, and none is known" };
  const host = /^(?:\[([\d.:a-fA-F]+)\]|([^:[\]\s]+))(?::(\d{1,5}))?$/.exec(hostAndPort);
  if (host === null) return { problem: `the host or the port cannot be read; ${specialCharacters}` };
  const port = host[3] === undefined ? portDefault : Number(host[3]);
  if (port < 1 || port > portMax) return { problem: `the port must be a whole number from 1 to ${portMax}` };
  if (!/^\d{0,5}$/.test(database))
    return { problem: "what stands behind the host must be the number of a database" };
  const user = userOf(userInfo);
  if (user === undefined) return { problem: specialCharacters };
  return {
    ...user,
    host: host[1] ?? host[2] ?? "",
    port,
    database: Number(database),
    isEncrypted: scheme === "rediss",
  };
}

/** `USER:PASSWORD`, `:PASSWORD` or `USER`; undefined where it is not encoded as it must be. */
function userOf(userInfo: string | undefined): Pick<RedisStore, "username" | "password"> | undefined {
  if (userInfo === undefined) return { username: undefined, password: undefined };
  const colon = userInfo.indexOf(":");
  const name = colon === -1 ? userInfo : userInfo.slice(0, colon);
  try {
    const username = name === "" ? undefined : decodeURIComponent(name);
    const password = colon === -1 ? undefined : decodeURIComponent(userInfo.slice(colon + 1));
    return { username, password: password === "" ? undefined : password };
  } catch {
    return undefined;
  }
}

function problemOfFile(path: string): string | undefined {
  try {
    readFileSync(path);
    return undefined;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
    return `the file of storeCa cannot be read (${code})`;
  }
}
