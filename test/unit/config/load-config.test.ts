import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { databaseNames } from "../../../src/config/database-names.ts";
import { loadConfig } from "../../../src/config/load-config.ts";
import type { Environment } from "../../../src/config/substitute.ts";
import { formatProblem } from "../../../src/problem.ts";
import { type Folder, makeFolder } from "./config-folder.ts";

const folders: Folder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

async function load(text: string, environment: Environment = {}, files: Record<string, string> = {}) {
  const folder = await makeFolder({ ...files, "config.yaml": text });
  folders.push(folder);
  const file = join(folder.path, "config.yaml");
  const { config, problems } = await loadConfig(file, environment);
  return {
    folder: folder.path,
    config,
    problems: problems.map((problem) => formatProblem(problem, () => "c")),
  };
}

const minimal = `sources: [{name: main, type: duckdb, path: ../data/x.duckdb}]
lenses: [{name: "public:market", model: ./model}]
`;

test("a minimal configuration has the documented defaults, and paths count from the file", async () => {
  const { config, folder, problems } = await load(minimal);
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    name: undefined,
    sources: [{ name: "main", type: "duckdb", path: join(folder, "../data/x.duckdb") }],
    lenses: [
      {
        name: "public:market",
        databaseNames: ["lens:public:market", "public:market", "market"],
        model: join(folder, "model"),
        source: "main",
        measureAggregates: "any",
      },
    ],
    server: { host: "127.0.0.1", port: 6432, tls: undefined },
    admin: { host: "127.0.0.1", port: 8432, token: undefined },
    auth: { users: undefined, jwt: undefined, heimdall: undefined, method: undefined },
    limits: {
      connectionsPerUser: 20,
      connectionsMax: 1000,
      idleTimeoutMs: 30_000,
      queriesPerMinute: 50,
      catalogQueriesPerMinute: 1200,
      catalogTimeoutMs: 5000,
      catalogInstancesMax: 8,
      statementTimeoutMs: 300_000,
      rowsMax: 100_000,
      onRowsMax: "error",
      loginFailuresPerUser: 10,
      loginFailuresPerAddress: 100,
      store: "memory",
      failOpen: false,
    },
    audit: undefined,
  });
});

test("everything can be said", async () => {
  const text = `name: market
sources:
  - {name: main, type: duckdb, path: /data/x.duckdb}
  - {name: other, type: duckdb, path: y.duckdb}
lenses:
  - {name: a, model: a, source: other, measureAggregates: strict}
server: {host: 0.0.0.0, port: 0, tls: {cert: tls/c, key: tls/k, mode: off, clientCa: tls/a, clientCertificates: require}}
admin: {port: 1, token: "\${TOKEN}"}
auth:
  users: ./users.yml
  method: scram
  jwt: {issuer: i, audience: a, jwks: ./keys.json, userClaim: email, groupsClaim: roles, algorithms: [ES256], clockSkew: 5s}
  heimdall: {url: "https://example.com/heimdall", timeout: 1s, cache: 10s}
limits: {idleTimeout: 250ms, statementTimeout: 1h, rowsMax: 5, onRowsMax: notice, store: memory}
audit: {file: ./audit/a.jsonl, required: false, fsync: always, parameters: true, rotateBytes: 70000, rotateDaily: false, keepFiles: 3}
`;
  const { config, folder, problems } = await load(text, { TOKEN: "secret" });
  expect(problems).toEqual([]);
  expect(config).toMatchObject({
    sources: [{ path: "/data/x.duckdb" }, { path: join(folder, "y.duckdb") }],
    lenses: [{ source: "other", measureAggregates: "strict" }],
    server: {
      host: "0.0.0.0",
      port: 0,
      tls: {
        cert: join(folder, "tls/c"),
        key: join(folder, "tls/k"),
        mode: "off",
        clientCa: join(folder, "tls/a"),
        clientCertificates: "require",
      },
    },
    admin: { port: 1, token: "secret" },
    auth: {
      users: join(folder, "users.yml"),
      method: "scram",
      jwt: {
        issuer: "i",
        audience: "a",
        jwks: join(folder, "keys.json"),
        userClaim: "email",
        groupsClaim: "roles",
        algorithms: ["ES256"],
        clockSkewMs: 5000,
      },
      heimdall: { url: "https://example.com/heimdall", timeoutMs: 1000, cacheMs: 10_000 },
    },
    limits: {
      idleTimeoutMs: 250,
      statementTimeoutMs: 3_600_000,
      rowsMax: 5,
      onRowsMax: "notice",
      store: "memory",
    },
    audit: {
      file: join(folder, "audit/a.jsonl"),
      required: false,
      fsync: "always",
      parameters: true,
      rotateBytes: 70_000,
      rotateDaily: false,
      keepFiles: 3,
    },
  });
});

test("values come from the environment and from files, after the YAML is read", async () => {
  const text = `${minimal}server: {port: "\${PORT}"}\nadmin: {token: "\${file:./token}"}\n`;
  const { config } = await load(text, { PORT: "7000" }, { token: "  a: 'b' # {c}\n" });
  expect(config?.server.port).toBe(7000);
  expect(config?.admin.token).toBe("a: 'b' # {c}");
});

const problemCases: [what: string, text: string, problems: string[]][] = [
  [
    "a store that is none, of whose URL nothing is shown",
    `${minimal}limits: {store: "redis//:s3cret@h"}\n`,
    ["c:3:17: expected memory, or a URL like redis://HOST:6379 or rediss://USER:PASSWORD@HOST:6379/0"],
  ],
  [
    "a lease of the store that its answers may outlast",
    `${minimal}limits:\n  store: redis://h\n  storeLease: 1s\n`,
    ["c:5:15: storeLease must be at least 3 times storeTimeout"],
  ],
  [
    "a password for a store that has none, and a prefix that no key can have",
    `${minimal}limits:\n  storePassword: s3cret\n  storePrefix: "a b"\n`,
    [
      "c:4:18: storePassword needs a store that is a redis:// URL",
      "c:5:16: expected 1 to 100 letters, digits and any of _ . : -",
    ],
  ],
  [
    "keys and tokens that would cross the network in the clear",
    `${minimal}auth:\n  jwt: {issuer: i, audience: a, jwks: "http://id.example.com/keys"}\n  heimdall: {url: "http://h.example.com"}\n`,
    [
      "c:4:39: expected a file, or a URL that begins with https:// (http:// for this machine only)",
      "c:5:19: expected a URL that begins with https:// (http:// for this machine only)",
    ],
  ],
  [
    "signatures that are checked with a secret, or with nothing",
    `${minimal}auth: {jwt: {issuer: i, audience: a, jwks: k, algorithms: [HS256, none]}}\n`,
    [
      'c:3:60: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, found "HS256"; did you mean "RS256"?',
      'c:3:67: expected one of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519, found "none"',
    ],
  ],
  [
    "an unknown key",
    `${minimal}limits: {rowMax: 5}\n`,
    ['c:3:10: unknown key "rowMax"; did you mean "rowsMax"?'],
  ],
  ["an unknown section", `${minimal}limit: {}\n`, ['c:3:1: unknown key "limit"; did you mean "limits"?']],
  ["a missing key", "sources: [{name: a, type: duckdb, path: p}]\n", ['c:1:1: missing key "lenses"']],
  [
    "a missing key in a source",
    "sources: [{name: a, type: duckdb}]\nlenses: [{name: l, model: m}]\n",
    ['c:1:11: missing key "path"'],
  ],
  [
    "a duration",
    `${minimal}limits: {idleTimeout: 30}\n`,
    ["c:3:23: expected text, found 30 (put text in quotes)"],
  ],
  [
    "a duration without a unit",
    `${minimal}limits: {idleTimeout: "30"}\n`,
    ["c:3:23: expected a duration like 250ms, 30s, 5m or 1h (at most 596h)"],
  ],
  ["a port", `${minimal}server: {port: 70000}\n`, ["c:3:16: expected a whole number from 0 to 65535"]],
  [
    "a choice",
    `${minimal}audit: {file: a, fsync: alway}\n`,
    ['c:3:25: expected one of off, interval, always, found "alway"; did you mean "always"?'],
  ],
  [
    "a warehouse that this release does not have",
    "sources: [{name: a, type: trino, url: x, poolMax: 8}]\nlenses: [{name: l, model: m}]\n",
    ['c:1:27: warehouse type "trino" is not in this release; the types of this release are duckdb, postgres'],
  ],
  [
    "a warehouse that nobody has",
    "sources: [{name: a, type: ducdb, path: x}]\nlenses: [{name: l, model: m}]\n",
    [
      'c:1:27: there is no warehouse type "ducdb"; did you mean "duckdb"?; the types of this release are duckdb, postgres',
    ],
  ],
  [
    "a source that is not there",
    "sources: [{name: main, type: duckdb, path: x}]\nlenses: [{name: l, model: m, source: mian}]\n",
    ['c:2:38: there is no source "mian"; did you mean "main"?'],
  ],
  [
    "two lenses that answer to one name",
    "sources: [{name: main, type: duckdb, path: x}]\nlenses: [{name: 'a:x', model: m}, {name: 'b:x', model: m}]\n",
    ['c:2:42: lens "b:x" would answer to "x", as lens "a:x" does'],
  ],
  [
    "an environment variable that is not set, once",
    `${minimal}server: {port: "\${PORTT}"}\n`,
    ['c:3:16: the environment variable "PORTT" is not set; did you mean "PORT"?'],
  ],
  [
    "a file that is not there",
    `${minimal}admin: {token: "\${file:nope}"}\n`,
    ['c:3:16: the file "nope" cannot be read (ENOENT)'],
  ],
  [
    "a placeholder that is none",
    `${minimal}admin: {token: "\${a b}"}\n`,
    [`c:3:16: expected \${NAME} or \${file:PATH}`],
  ],
  ["broken YAML", "sources: [\n", [expect.stringMatching(/^c:2:1: not readable as YAML: /)]],
];

describe("a problem is told at its place:", () => {
  test.each(problemCases)("%s", async (_, text, problems) => {
    const loaded = await load(text, { PORT: "1" });
    expect(loaded.problems).toEqual(problems);
    expect(loaded.config).toBeUndefined();
  });
});

test("all problems are told at once", async () => {
  const { problems } = await load(
    `sources: [{name: a, type: trino}]\nlenses: [{name: l}]\nadmin: {prot: 1}\n`,
  );
  expect(problems).toEqual([
    'c:2:10: missing key "model"',
    'c:3:9: unknown key "prot"; did you mean "port"?',
  ]);
});

test("a value that came from elsewhere is never shown", async () => {
  const { problems } = await load(`${minimal}audit: {file: a, fsync: "\${SECRET}"}\n`, { SECRET: "hunter2" });
  expect(problems).toEqual(["c:3:25: expected one of off, interval, always"]);
});

test.each([
  ["lens:public:market", ["lens:public:market", "public:market", "market"]],
  ["market", ["lens:market", "market"]],
])("a lens %s answers to %j", (name, names) => {
  expect(databaseNames(name)).toEqual(names);
});
