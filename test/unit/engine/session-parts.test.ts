// Parts of a session that can be held on their own.
import { expect, it } from "vitest";
import { routeOf } from "../../../src/engine/plan-statement.ts";
import { Settings } from "../../../src/engine/settings.ts";
import { settingsOfOptions } from "../../../src/engine/startup-settings.ts";
import { endOfKeyword } from "../../../src/engine/statement-tail.ts";
import { TemporaryTables } from "../../../src/engine/temporary-tables.ts";
import { SpoolSpace } from "../../../src/limits/spool-space.ts";
import { parseStatements } from "../../protocol/lens-server.ts";

it.each([
  ["declare c cursor for select 1", "for", " select 1"],
  ['declare "for" no scroll cursor with hold for select 1 for update', "for", " select 1 for update"],
  ["declare c /* for /* for */ for */ cursor -- for\n FOR\nvalues (1)", "for", "\nvalues (1)"],
  ["prepare p (int, text) as select 'as' as x", "as", " select 'as' as x"],
  ['prepare "as"("as") as table t', "as", " table t"],
  ["prepare asas as select 1", "as", " select 1"],
] as const)("finds the statement inside %j", (text, keyword, tail) => {
  expect(text.slice(endOfKeyword(text, keyword))).toBe(tail);
});

it("reads the forms of options, and a value as data", () => {
  expect(
    settingsOfOptions("-c a.b=1 --work-mem=2 -cx.y=a\\ b\\\\c -c search_path=x;drop\\ table\\ y"),
  ).toEqual([
    ["a.b", "1"],
    ["work_mem", "2"],
    ["x.y", "a b\\c"],
    ["search_path", "x;drop table y"],
  ]);
  expect(settingsOfOptions("  ")).toEqual([]);
  for (const options of ["-x", "-c", "-c name", "name=1", "--=1"]) {
    expect(() => settingsOfOptions(options)).toThrow(expect.objectContaining({ sqlstate: "42601" }));
  }
});

it("bounds what a client can store in settings", () => {
  const settings = new Settings("tester", {});
  for (let index = 0; index < 200; index++) settings.set(`my.setting${index}`, "x", false);
  expect(() => settings.set("my.other", "x", false)).toThrow(expect.objectContaining({ sqlstate: "42501" }));
  settings.set("my.setting0", "y", false);
  expect(() => settings.set("my.setting0", "y".repeat(20_000), false)).toThrow(
    expect.objectContaining({ sqlstate: "42501" }),
  );
});

it("lets nobody become another user", () => {
  const settings = new Settings("tester", {});
  settings.set("role", "none", false);
  settings.set("role", "tester", false);
  settings.set("session_authorization", "tester", false);
  for (const name of ["role", "session_authorization"]) {
    expect(() => settings.set(name, "postgres", false)).toThrow(
      expect.objectContaining({ sqlstate: "42501" }),
    );
  }
});

it("sends reads to the query engine and refuses what it does not know", async () => {
  const routes: Record<string, string> = {
    "select 1": "query",
    "values (1)": "query",
    "table t": "query",
    "with a as (select 1) select * from a": "query",
    "explain analyze select 1": "query",
    "explain delete from t": "0A000",
    "explain select 1 into x": "25006",
    "explain execute p": "0A000",
    "select 1 into x": "25006",
    "select * from t for share": "25006",
    "with a as (update t set x = 1 returning 1) select * from a": "25006",
    "do $$ begin end $$": "42501",
    "load 'x'": "42501",
    checkpoint: "42501",
    "call p()": "42501",
    "alter system set x.y = 1": "42501",
    "copy t to stdout": "utility",
    "copy (select 1) to stdout csv": "utility",
    "copy (select 1) to '/etc/passwd'": "42501",
    "copy t from program 'x'": "42501",
    "copy t from stdin": "utility",
    "create table t (a int)": "25006",
    "create temp table t (a int)": "utility",
    "grant select on t to x": "25006",
    "lock t": "25006",
    vacuum: "0A000",
    "analyze t": "0A000",
    "import foreign schema x from server y into z": "0A000",
    "reindex table t": "25006",
    "prepare transaction 'x'": "utility",
  };
  const found: Record<string, string> = {};
  for (const text of Object.keys(routes)) {
    const [statement] = await parseStatements(text);
    if (statement === undefined) throw new Error(`no statement in ${text}`);
    const route = routeOf(statement.node, new TemporaryTables(new SpoolSpace(0)));
    found[text] = route.kind === "refused" ? route.error.sqlstate : route.kind;
  }
  expect(found).toEqual(routes);
});
