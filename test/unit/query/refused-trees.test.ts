import { describe, expect, test } from "vitest";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import { failure, source, useStatements } from "./read-statement.ts";

useStatements();

describe("what a lens does not offer", () => {
  test.each<[string, string | undefined]>([
    ["select (row(1, 2)).f1", undefined],
    ["select 1 from c tablesample system (1)", "1)"],
    ["select xmlelement(name a)", "xmlelement"],
    ["select json_object('a': 1)", "json_object"],
    ["select 1 from json_table('[]', '$' columns (a int path '$')) x", undefined],
    [
      "with recursive r(n) as (select 1 union all select n from r) cycle n set a using b select n from r",
      "r(n)",
    ],
    ["select (1, 2) = (select 1, 2)", "="],
    ["select zone from c order by zone using ~<~", undefined],
  ])("%s is 0A000", async (sql, at) => {
    const error = await failure(sql);
    expect(error.sqlstate).toBe("0A000");
    expect(error.hint).toMatch(/^[A-Z].*\.$/);
    if (at !== undefined) expect(error.position).toBe(sql.indexOf(at) + 1);
  });

  test("writes and locks are 25006", async () => {
    expect((await failure("select 1 from c for update")).sqlstate).toBe("25006");
    expect((await failure("delete from c")).sqlstate).toBe("25006");
    expect(
      (await failure("with x as (insert into t values (1) returning id) select * from x")).sqlstate,
    ).toBe("25006");
  });
});

describe("a tree that another PostgreSQL printed", () => {
  const statement =
    "select zone, count(*) over w, sum(age) from c left join t on true where city = 'x' group by zone, city window w as () order by 1";

  test("is refused for each field that is added, left out or renamed", async () => {
    const dump = Buffer.from(await source().dump(statement))
      .toString("latin1")
      .replaceAll("\n", " ");
    const wrap = (text: string) => Buffer.from(text.replace(/(.{1,78}) /g, "$1\n"), "latin1");
    expect(readTree(parseTree(wrap(dump)), { text: statement }).kind).toBe("Query");
    const fields = [...dump.matchAll(/ :([A-Za-z_]+) /g)];
    expect(fields.length).toBeGreaterThan(300);
    // Within names, types and permissions that are skipped as a whole nothing is looked at.
    const skipped = skippedRanges(dump);
    for (const field of fields) {
      const at = field.index;
      if (skipped.some(([from, to]) => at >= from && at < to)) continue;
      const renamed = `${dump.slice(0, at)} :x${dump.slice(at + 2)}`;
      const added = `${dump.slice(0, at)} :brandNew 1${dump.slice(at)}`;
      for (const changed of [renamed, added]) {
        expect(
          () => readTree(parseTree(wrap(changed)), { text: statement }),
          changed.slice(at, at + 40),
        ).toThrow("the analysed statement could not be read");
      }
    }
  });

  test("is refused where the text is not one tree", async () => {
    const dump = Buffer.from(await source().dump(statement));
    for (const text of [
      `${dump}{QUERY}`,
      `x${dump}`,
      dump.subarray(0, 500).toString(),
      "",
      "()",
      "{QUERY",
      "x".repeat(100),
    ]) {
      expect(() => readTree(parseTree(Buffer.from(text)), { text: statement })).toThrow("could not be read");
    }
  });

  test("is refused for an unknown node", async () => {
    const dump = Buffer.from(await source().dump("select 1 + 2"))
      .toString("latin1")
      .replace("{OPEXPR", "{NEWEXPR");
    expect(() => readTree(parseTree(Buffer.from(dump)), { text: "" })).toThrow("could not be read");
  });
});

/** Values that the reader takes no notice of, or none unless a variable refers to them. */
function skippedRanges(dump: string): [number, number][] {
  return [...dump.matchAll(/ :(?:alias \{|rteperminfos \(|joinaliasvars \()/g)].map(({ index, 0: text }) => {
    let depth = 1;
    let at = index + text.length;
    for (; depth > 0; at++) {
      if ("({".includes(dump[at] ?? "")) depth++;
      else if (")}".includes(dump[at] ?? "")) depth--;
    }
    return [index + 2, at];
  });
}

test("a tree that is nested too deeply is 54001", async () => {
  const depth = 100_000;
  const dump = `${"{BOOLEXPR\n:boolop\nnot\n:args\n(".repeat(depth)}${")}\n".repeat(depth)}`;
  expect(() => parseTree(Buffer.from(dump))).toThrow("stack depth limit exceeded");
});
