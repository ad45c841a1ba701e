import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../../src/config/load-config.ts";
import { readPostgresUrl } from "../../../src/config/postgres-url.ts";
import { formatProblem } from "../../../src/problem.ts";
import { type Folder, makeFolder } from "./config-folder.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await makeFolder({
    "root.pem": "x",
    "own.crt": "x",
    "own.key": "x",
    "password.txt": "p@ss/w?rd#\n",
  });
});
afterAll(() => folder.remove());

const read = (url: string, password?: string) => readPostgresUrl(url, { folder: folder.path, password });
const noTls = { mode: "prefer", rootCert: undefined, cert: undefined, key: undefined };

describe("a URL is read as libpq reads it", () => {
  test("in its shortest form", () => {
    expect(read("postgres://bi@db.example")).toEqual({
      host: "db.example",
      port: 5432,
      user: "bi",
      database: "bi",
      password: undefined,
      tls: noTls,
      connectTimeoutMs: 10_000,
    });
  });

  test("with everything", () => {
    const url =
      "postgresql://b%40i:a%3Ab%2F@[::1]:6543/my%20db?sslmode=verify-full&sslrootcert=root.pem&sslcert=own.crt&sslkey=own.key&connect_timeout=3";
    expect(read(url)).toEqual({
      host: "::1",
      port: 6543,
      user: "b@i",
      database: "my db",
      password: "a:b/",
      tls: {
        mode: "verify-full",
        rootCert: join(folder.path, "root.pem"),
        cert: join(folder.path, "own.crt"),
        key: join(folder.path, "own.key"),
      },
      connectTimeoutMs: 3000,
    });
  });

  test.each([
    [
      "parameters instead of parts",
      "postgres://?host=h&user=u&password=p&port=1&dbname=d",
      { host: "h", user: "u", password: "p", port: 1, database: "d" },
    ],
    ["a Unix socket", "postgres://u@%2Fvar%2Frun/d", { host: "/var/run", database: "d" }],
    ["a Unix socket as a parameter", "postgres://u@/d?host=/tmp", { host: "/tmp", database: "d" }],
    ["an empty password", "postgres://u:@h/d", { password: "" }],
    [
      "the system's authorities",
      "postgres://u@h/d?sslmode=verify-full&sslrootcert=system",
      { tls: { ...noTls, mode: "verify-full", rootCert: "system" } },
    ],
    ["no TLS", "postgres://u@h/d?sslmode=disable", { tls: { ...noTls, mode: "disable" } }],
  ])("%s", (_name, url, expected) => {
    expect(read(url)).toMatchObject(expected);
  });

  test("with the password beside it, as it is", () => {
    expect(read("postgres://u@h/d", "p@ss%2F:?#")).toMatchObject({ password: "p@ss%2F:?#" });
  });
});

describe("what is wrong with a URL is said without any of it", () => {
  test.each([
    ["mysql://u:SECRET@h/d", "expected a URL like postgres://USER@HOST:5432/DATABASE"],
    ["SECRET", "expected a URL like postgres://USER@HOST:5432/DATABASE"],
    ["postgres://u:SEC@RET@h/d", /must be percent-encoded/],
    ["postgres://u:SEC/RET@h/d", /must be percent-encoded/],
    ["postgres://u:12/SECRET@h/d", /must be percent-encoded/],
    ["postgres://u:12?SECRET@h/d", /must be percent-encoded/],
    ["postgres://u:12#SECRET@h/d", /must be percent-encoded/],
    ["postgres://u:SEC%RET@h/d", /must be percent-encoded/],
    ["postgres://u@h:SECRET/d", /must be percent-encoded/],
    ["postgres://u@h/d?SECRET=1", /^the URL has an unknown parameter; the parameters are host, /],
    ["postgres://u@h/d?sslmod=SECRET", 'the URL has an unknown parameter; did you mean "sslmode"?'],
    [
      "postgres://u@h/d?sslmode=allow",
      "sslmode must be one of disable, prefer, require, verify-ca, verify-full",
    ],
    ["postgres://u@h/d?sslmode=verify-ca", /^sslmode verify-ca needs sslrootcert/],
    [
      "postgres://u@h/d?sslmode=verify-ca&sslrootcert=system",
      /^sslrootcert=system needs sslmode verify-full/,
    ],
    ["postgres://u@h/d?sslrootcert=SECRET", "the file of sslrootcert cannot be read (ENOENT)"],
    ["postgres://u@h/d?sslcert=own.crt", "sslcert and sslkey belong together"],
    ["postgres://u@h/d?connect_timeout=0", /^connect_timeout must be a whole number from 1 to/],
    ["postgres://u@h:65536/d", "port must be a whole number from 1 to 65535"],
    ["postgres://u@h,i/d", "the URL names several hosts, and only one is possible"],
    ["postgres:///d", "the URL names no host"],
    ["postgres://h/d", "the URL names no user"],
  ])("%s", (url, message) => {
    const found = read(url);
    const problem = "problem" in found ? found.problem : "no problem";
    expect(problem).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    expect(problem).not.toMatch(/SEC|RET/);
  });

  test("two passwords", () => {
    expect(read("postgres://u:p@h/d", "q")).toEqual({
      problem: "the password stands in the URL and under the key password",
    });
  });
});

describe("a source of type postgres", () => {
  const problemsOf = async (source: string, environment = {}) => {
    const file = join(folder.path, "c.yaml");
    await writeFile(
      file,
      `sources:\n  - {name: main, type: postgres, ${source}}\nlenses: [{name: l, model: m}]\n`,
    );
    const { config, problems } = await loadConfig(file, environment);
    return {
      source: config?.sources[0],
      problems: problems.map((problem) => formatProblem(problem, () => "c")),
    };
  };

  test("has its password from a file or the environment", async () => {
    const { source, problems } = await problemsOf(
      `url: "postgres://\${PG_USER}@h/d", password: "\${file:password.txt}", poolMax: 3`.replaceAll(
        "\\${",
        "${",
      ),
      { PG_USER: "bi" },
    );
    expect(problems).toEqual([]);
    expect(source).toMatchObject({
      name: "main",
      type: "postgres",
      poolMax: 3,
      server: { user: "bi", password: "p@ss/w?rd#" },
    });
  });

  test.each([
    ["", ['c:2:5: missing key "url"']],
    ["url: 'postgres://u@h/d', poolmax: 3", ['c:2:59: unknown key "poolmax"; did you mean "poolMax"?']],
    [
      "url: 'postgres://u@h/d', path: x",
      [expect.stringMatching(/^c:2:59: unknown key "path"; the keys here are name, /)],
    ],
    ["url: 'postgres://u@h/d', poolMax: 0", ["c:2:68: expected a whole number from 1 to 1000"]],
    ["url: 'http://u:SECRET@h/d'", ["c:2:39: expected a URL like postgres://USER@HOST:5432/DATABASE"]],
    [
      `url: "\${NOWHERE}"`.replaceAll("\\${", "${"),
      ['c:2:39: the environment variable "NOWHERE" is not set'],
    ],
  ])("%s", async (source, expected) => {
    expect((await problemsOf(source)).problems).toEqual(expected);
  });
});
