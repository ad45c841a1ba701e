// What is written for a client is what the client reads, whatever the names are.
import fc from "fast-check";
import { Client } from "pg";
import postgres from "postgres";
import { expect, test } from "vitest";
import {
  type ConnectionTarget,
  connectionUri,
  isWritableName,
  jdbcUrl,
  odbcString,
  powerBiSource,
  sslModes,
} from "../../../src/commands/connection-texts.ts";
import { tableauSource } from "../../../src/commands/tableau-source.ts";
import { elementsNamed, readXml } from "../../support/xml.ts";

const oddCharacters = [..."'\"` &}{]%+;=:/?#@\\<>$,!*()[^|~éß漢𝄞", "%41", "&amp;", "]]>", "--"];
const name = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...oddCharacters, "a", "b"), minLength: 1 }),
    fc.string({ unit: "binary", minLength: 1 }),
    fc.constantFrom("public:customer-data-market-place", " a ", "{a}", "a;b", "'", "\\"),
  )
  // A dot is a step of a path to every reader of URIs but libpq.
  .filter((text) => isWritableName(text) && !/^\.{1,2}$/.test(text));

const target: fc.Arbitrary<ConnectionTarget> = fc.record({
  host: fc.constantFrom("127.0.0.1", "::1", "db.example.com"),
  port: fc.integer({ min: 1, max: 65_535 }),
  database: name,
  user: name,
  sslMode: fc.constantFrom(...sslModes),
});

const property = (check: (target: ConnectionTarget) => void) =>
  fc.assert(fc.property(target, check), { numRuns: 500 });

const plainHost = (host: string) => host.replace(/^\[(.*)\]$/, "$1");

test("postgres.js reads the URI, but for database names that a path has to encode", () =>
  property(({ host, port, database, user, sslMode }) => {
    const uri = connectionUri({ host, port, database, user, sslMode });
    const { options } = postgres(uri, { max: 1 });
    expect(options.user).toBe(user);
    // It has no IPv6 addresses.
    if (!host.includes(":")) expect([options.host, options.port]).toEqual([[host], [port]]);
    // It decodes none of the path.
    if (/^[\w:;,.~-]+$/.test(database)) expect(options.database).toBe(database);
  }));

test("node-postgres reads the URI, but for three characters of database names", () =>
  property((given) => {
    const { host, port, database, user } = given;
    const uri = connectionUri({ ...given, sslMode: "disable" });
    const client = new Client(uri);
    expect([plainHost(client.host), client.port, client.user]).toEqual([host, port, user]);
    // It leaves %2F, %3F and %23 as they are.
    if (!/[/?#]/.test(database)) expect(client.database).toBe(database);
  }));

/** As org.postgresql.Driver.parseURL of pgjdbc 42 does, with java.net.URLDecoder. */
function readAsPgjdbc(url: string) {
  const [server = "", args = ""] = url.split("?", 2);
  const [, address = "", database = ""] = /^jdbc:postgresql:\/\/([^/]*)\/(.*)$/.exec(server) ?? [];
  const port = address.slice(address.lastIndexOf(":") + 1);
  const host = address.slice(0, address.lastIndexOf(":"));
  const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
  const properties = args.split("&").map((pair) => pair.split("=", 2).map(decode));
  return { host, port: Number(port), database: decode(database), ...Object.fromEntries(properties) };
}

test("pgjdbc reads the JDBC URL", () =>
  property((given) => {
    const { host, port, database, user, sslMode } = given;
    const read = readAsPgjdbc(jdbcUrl(given));
    expect({ ...read, host: plainHost(read.host) }).toEqual({ host, port, database, user, sslmode: sslMode });
  }));

/** As psqlODBC does: a value in braces ends with its brace, and only Driver and pqopt lose theirs. */
function readAsPsqlOdbc(text: string) {
  const read: Record<string, string> = {};
  const pair = /([^;=]+)=(\{(?:[^}]|\}\})*\}(?=;|$)|[^;]*)(?:;|$)/uy;
  while (pair.lastIndex < text.length) {
    const [, keyword = "", value = ""] = pair.exec(text) ?? [];
    if (keyword === "") throw new Error(`not read: ${text}`);
    const isBraced = (keyword === "Driver" || keyword === "pqopt") && value.startsWith("{");
    read[keyword] = isBraced ? value.slice(1, -1).replaceAll("}}", "}") : value;
  }
  return read;
}

/** libpq's conninfo, with every value in quotes. */
function readAsLibpq(text: string): Record<string, string> {
  const read: Record<string, string> = {};
  const pair = /(\w+)='((?:[^'\\]|\\.)*)'(?: |$)/suy;
  while (pair.lastIndex < text.length) {
    const [, keyword = "", value = ""] = pair.exec(text) ?? [];
    if (keyword === "") throw new Error(`not read: ${text}`);
    read[keyword] = value.replaceAll(/\\(.)/gsu, "$1");
  }
  return read;
}

test("psqlODBC reads the ODBC string, odd names as parameters of libpq", () =>
  property((given) => {
    const { Driver, Database, Uid, pqopt = "", ...rest } = readAsPsqlOdbc(odbcString(given));
    const { dbname, user, ...others } = readAsLibpq(pqopt);
    expect(Driver).toBe("PostgreSQL Unicode(x64)");
    expect([Database, dbname].filter((value) => value !== undefined)).toEqual([given.database]);
    expect([Uid, user].filter((value) => value !== undefined)).toEqual([given.user]);
    expect(others).toEqual({});
    expect(rest).toEqual({ Server: given.host, Port: String(given.port), SSLmode: given.sslMode });
  }));

test("the Power BI file is JSON of one PostgreSQL connection", () =>
  property((given) => {
    const address = given.host.includes(":") ? `[${given.host}]` : given.host;
    expect(JSON.parse(powerBiSource(given))).toEqual({
      version: "0.1",
      connections: [
        {
          details: {
            protocol: "postgresql",
            address: { server: `${address}:${given.port}`, database: given.database },
          },
          options: {},
          mode: "DirectQuery",
        },
      ],
    });
  }));

test("the Tableau file is XML of one PostgreSQL connection", () =>
  property((given) => {
    const root = readXml(tableauSource(given, undefined));
    expect(root.attributes["formatted-name"]).toBe(given.database);
    const [, connection] = elementsNamed(root, "connection");
    const { host, port, database, user, sslMode } = given;
    const encrypted = sslMode === "require" || sslMode.startsWith("verify");
    expect(connection?.attributes).toEqual({
      authentication: "username-password",
      class: "postgres",
      dbname: database,
      "one-time-sql": "",
      port: String(port),
      server: host,
      sslmode: encrypted ? "require" : "",
      username: user,
    });
  }));

test.each(["a\nb", "a\0", "\u007f", "\ud800", "\uffff"])("%j is no name to write", (odd) => {
  expect(isWritableName(odd)).toBe(false);
});
