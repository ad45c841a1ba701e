// Long IN lists: left out of what the parser reads, put back as one array.
import { Worker } from "node:worker_threads";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { collapseInLists } from "../../../src/sql/collapse-in-lists.ts";
import { editText } from "../../../src/sql/edit-text.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { shortenLists } from "../../../src/sql/shorten-lists.ts";
import type { Statement } from "../../../src/sql/statement.ts";
import { TextPlaces } from "../../../src/sql/text-places.ts";

const list = (count: number, item: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => item(index));

async function parsed(text: string): Promise<Statement> {
  const [statement] = await parseStatements(text);
  if (statement === undefined) throw new Error("no statement");
  return statement;
}

async function collapsed(text: string, form: "brief" | "whole" = "whole"): Promise<string> {
  const { node, longLists = [], bytesBefore } = await parsed(text);
  const places = new TextPlaces(text, bytesBefore);
  const edited = editText(text, collapseInLists(places, node, longLists, form).edits);
  await parsed(edited.text);
  return edited.text;
}

afterEach(() => {
  vi.restoreAllMocks();
});

/** Each place that a tree holds, with the text that stands there. */
function placesOf(tree: unknown, text: string): string[] {
  const bytes = Buffer.from(text);
  const found: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, field] of Object.entries(value)) {
      if (typeof field === "number" && /location|_start|_end/.test(name) && field >= 0) {
        found.push(`${name} ${bytes.subarray(field, field + 6).toString()}`);
      } else visit(field);
    }
  };
  visit(tree);
  return found;
}

describe("parseStatements", () => {
  test("gives a text with long lists the places of that text, and the lists", async () => {
    const strings = list(40, (i) => (i === 7 ? "NULL" : `'é${i}'''`)).join(" , ");
    const numbers = list(17, (i) => `${i - 3}`).join(",");
    const text = `select 'é'; select "ü", array[1, 2] from t where a in (${strings}) and  b not  in(${numbers}) or c in (1) ; select z in (${numbers})`;
    const statements = await parseStatements(text);
    expect(statements.map((statement) => statement.text)).toEqual(text.split(";").map((own) => own.trim()));
    for (const { text: own, offset, bytesBefore } of statements) {
      expect(text.slice(offset, offset + own.length)).toBe(own);
      expect(bytesBefore).toBe(Buffer.byteLength(text.slice(0, offset)));
    }
    const items = statements.flatMap(({ longLists = [] }) => longLists.map(({ items: own }) => own));
    expect(items[0]?.slice(6, 9)).toEqual(["é6'", null, "é8'"]);
    expect(items.map((own) => own.length)).toEqual([40, 17, 17]);
    const places = placesOf(statements[1]?.node, text);
    const at = (name: string) => places.filter((found) => found.includes(name)).map((found) => found.trim());
    expect(places).toEqual(expect.arrayContaining(['location "ü", ', "location b not ", "location c in ("]));
    expect(at("list_start")).toEqual([
      "list_start [1, 2]",
      "rexpr_list_start ('é0'",
      "rexpr_list_start (-3,-2",
      "rexpr_list_start (1) ;",
    ]);
    expect(at("list_end")).toEqual([
      "list_end ] from",
      "rexpr_list_end ) and",
      "rexpr_list_end ) or c",
      "rexpr_list_end ) ; se",
    ]);
  });

  test("reads the whole text where what looked like a list is none", async () => {
    const numbers = list(20, String).join(",");
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    for (const text of [
      `select 'x in (${numbers})' from t`,
      `select 1 /* x in (${numbers}) */ from t`,
      `select "x in (${numbers})" from t`,
      `select $$ x in (${numbers}) $$ from t`,
      `select position('a' in (${numbers})) from t`,
      `select 1 -- x in (${numbers})\n from t`,
    ]) {
      posted.mockClear();
      const statement = await parsed(text);
      expect([statement.text, statement.longLists], text).toEqual([text, undefined]);
      expect(posted.mock.calls.map(([message]) => message === text)).toEqual([false, true]);
    }
    // A list beside one that is none is read whole, too.
    const text = `select 'x in (${numbers})' from t where y in (${numbers})`;
    expect((await parsed(text)).longLists).toBeUndefined();
  });

  test("reports the client's own syntax error", async () => {
    const text = `select x in (${list(30, String).join(",")}) from t where ]`;
    await expect(parseStatements(text)).rejects.toMatchObject({
      sqlstate: "42601",
      position: text.indexOf("]") + 1,
    });
  });

  test("sends the thread the same text for 20 and for 5,000 items", async () => {
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    for (const item of [
      (i: number) => `'v''${i}'`,
      (i: number) => `${i}`,
      (i: number) => `-${i}.25`,
      (i: number) => `DATE '2024-01-${10 + (i % 9)}'`,
      (i: number) => `'2024-02-${10 + (i % 9)}'::timestamp`,
      (i: number) => `CAST('a${i}' AS text)`,
      (i: number) => String.raw`E'a\\${i}\''`,
    ]) {
      posted.mockClear();
      for (const count of [20, 5_000]) {
        await parsed(`select 1 from t where x in (${list(count, item).join(",\n ")})`);
      }
      const [short, long] = posted.mock.calls.map(([message]) => message);
      expect(short).toBe(long);
      expect(posted).toHaveBeenCalledTimes(2);
    }
  });
});

describe("shortenLists", () => {
  test("takes any spelling of an item apart as the parser does", () => {
    const string = fc.string({ unit: fc.constantFrom("a", "'", "\\", '"', ",", ")", "é", "{", "\n", " ") });
    fc.assert(
      fc.property(fc.array(string, { minLength: 17, maxLength: 30 }), fc.boolean(), (values, escapes) => {
        const spell = (value: string) =>
          escapes
            ? `e'${value.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`
            : `'${value.replaceAll("'", "''")}'`;
        const { lists, text } = shortenLists(`x in (${values.map(spell).join(", ")}) and y`);
        expect(lists.map(({ items }) => items)).toEqual([values]);
        expect(text).toBe(`x in (${spell(values[0] ?? "")}) and y`);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    `x in (${list(16, String)})`,
    `x in (${list(17, (i) => (i === 5 ? "'a'" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "y" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "+1" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "--1\n1" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "0x1f" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "1_000" : `${i}`))})`,
    `x in (${list(17, (i) => (i === 5 ? "5::bigint" : `${i}`))})`,
    `x in (${list(17, () => "null")})`,
    `x in (${list(17, () => "true")})`,
    `x in (${list(17, (i) => (i === 5 ? "date '2024-01-01'" : "'2024-01-01'"))})`,
    `x in (${list(17, (i) => (i === 5 ? "'a'\n'b'" : "'c'"))})`,
    `x in (${list(17, (i) => (i === 5 ? String.raw`e'\x41'` : "'c'"))})`,
    `x in (${list(17, (i) => (i === 5 ? "u&'a'" : "'c'"))})`,
    `x in (${list(17, (i) => (i === 5 ? "date '2024-01-01'::text" : "'c'"))})`,
    `x in (${list(17, String)}`,
    `x within (${list(17, String)})`,
  ])("leaves %s", (text) => {
    expect(shortenLists(text)).toMatchObject({ text, lists: [] });
  });
});

describe("collapseInLists", () => {
  test("leaves 16 items and collapses 17", async () => {
    const items = list(17, (index) => `'v${index}'`);
    const short = `select * from t where x in (${items.slice(1).join(",")})`;
    expect(await collapsed(short)).toBe(short);
    expect(await collapsed(`select * from t where 'é' = y and x  not  in (${items.join(", ")} ) and z`)).toBe(
      `select * from t where 'é' = y and x  OPERATOR(pg_catalog.<>) ALL ('{${items.map((item) => item.replaceAll("'", '"')).join(",")}}') and z`,
    );
  });

  test.each<[string, (index: number) => string, string]>([
    ["int4", (i) => `${i - 5}`, "'{-5,-4,-3,-2,-1,0,1,2,3,4,5,6,7,8,9,10,11}'::int4[]"],
    [
      "int8",
      (i) => (i === 3 ? "3000000000" : i === 4 ? "null" : `${i}`),
      "'{0,1,2,3000000000,NULL,5,6,7,8,9,10,11,12,13,14,15,16}'::int8[]",
    ],
    [
      "numeric",
      (i) => (i === 3 ? "-1.50" : `${i}`),
      "'{0,1,2,-1.50,4,5,6,7,8,9,10,11,12,13,14,15,16}'::numeric[]",
    ],
    [
      "strings with every special character",
      (i) => (i === 0 ? `'a"b\\c''d{}, e'` : "NULL"),
      `E'{"a\\\\"b\\\\\\\\c''d{}, e"${",NULL".repeat(16)}}'`,
    ],
    [
      "dates",
      (i) => (i === 0 ? "NULL" : `date'2024-01-${i + 9}'`),
      `'{NULL,${list(16, (i) => `"2024-01-${i + 10}"`)}}'::date[]`,
    ],
    ["casts", (i) => `cast( '${i}' as VARCHAR )`, `'{${list(17, (i) => `"${i}"`)}}'::text[]`],
  ])("makes an array of %s", async (_, item, expected) => {
    expect(await collapsed(`select x in (${list(17, item).join(",")}) from t`)).toBe(
      `select x OPERATOR(pg_catalog.=) ANY (${expected}) from t`,
    );
  });

  test.each([
    `select $1 in (${list(17, (i) => `${i}`).join(",")})`,
    `select 'a' in (${list(17, (i) => `'${i}'`).join(",")})`,
    `select (x, y) in (${list(17, (i) => `'${i}'`).join(",")})`,
  ])("leaves %s", async (text) => {
    expect(await collapsed(text)).toBe(text);
  });

  test("keeps what binds tighter and looser", async () => {
    const items = list(17, (i) => `'${i}'`).join(",");
    for (const [text, left] of [
      [`select 'a' || x in (${items})`, '"A_Expr"'],
      [`select true = x in (${items})`, '"A_Const"'],
      [`select x in (${items}) = true`, '"A_Expr"'],
    ] as const) {
      const before = JSON.stringify((await parsed(text)).node);
      const after = JSON.stringify((await parsed(await collapsed(text))).node);
      const outer = (tree: string) => /"lexpr":\{("\w+")/.exec(tree)?.[1];
      expect([outer(before), outer(after)]).toEqual([left, left]);
    }
  });

  test("collapses a list on the left side of another", async () => {
    const inner = list(17, (i) => `'${i}'`).join(",");
    const text = `select (case when x in (${inner}) then 1 else 2 end) in (${list(20, String)}) from t`;
    expect((await collapsed(text, "brief")).match(/OPERATOR/g)).toHaveLength(2);
  });

  test("stands equal arrays for equal lists, and different ones for different lists", async () => {
    const standIn = async (items: readonly string[]) =>
      /ANY \((.*)\)$/.exec(await collapsed(`select x in (${items.join(",")})`, "brief"))?.[1];
    const one = list(20, (i) => `'${i}'`);
    expect(await standIn(one)).toBe(await standIn([...one]));
    expect(await standIn(one)).not.toBe(await standIn([...one].reverse()));
    expect(await standIn(list(20, String))).toMatch(/^'\{(-?\d+,){7}-?\d+\}'::int4\[\]$/);
    expect(await standIn(list(20, (i) => `${i}.5`))).toMatch(/^'\{\d{70,}\}'::numeric\[\]$/);
    // What only PostgreSQL can read is given to it whole.
    expect(await standIn(list(20, (i) => `${i}e2`))).toContain("19e2");
    expect(await standIn(list(20, () => `date '2024-01-01'`))).toContain("2024-01-01");
  });
});
