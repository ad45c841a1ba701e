import { describe, expect, test } from "vitest";
import { aliasMeasures } from "../../../src/sql/alias-measures.ts";
import { editText } from "../../../src/sql/edit-text.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import type { Statement } from "../../../src/sql/statement.ts";
import { TextPlaces } from "../../../src/sql/text-places.ts";
import { bareReferences, wrapEdits } from "../../../src/sql/wrap-measures.ts";

async function parsed(text: string): Promise<Statement["node"]> {
  const [statement] = await parseStatements(text);
  if (statement === undefined) throw new Error("no statement");
  return statement.node;
}

describe("editText", () => {
  test("maps every place of the edited text to the place it came from", () => {
    const edited = editText("abc def ghi", [
      { start: 4, end: 7, text: "DEFDEF" },
      { start: 0, end: 0, text: "<" },
      { start: 11, end: 11, text: ">" },
    ]);
    expect(edited.text).toBe("<abc DEFDEF ghi>");
    expect([...edited.text].map((_, offset) => edited.originalOffset(offset))).toEqual([
      0, 0, 1, 2, 3, 4, 4, 4, 4, 4, 4, 7, 8, 9, 10, 11,
    ]);
    expect(() =>
      editText("abc", [
        { start: 0, end: 2, text: "" },
        { start: 1, end: 2, text: "" },
      ]),
    ).toThrow();
  });
});

describe("TextPlaces", () => {
  test("counts bytes, code units and characters", () => {
    const places = new TextPlaces("aé😀b");
    expect([0, 1, 2, 4].map((offset) => places.byteOfOffset(offset))).toEqual([0, 1, 3, 7]);
    expect([0, 1, 3, 7, 8].map((byte) => places.offsetOfByte(byte))).toEqual([0, 1, 2, 4, 5]);
    expect([0, 1, 2, 4].map((offset) => places.positionOfOffset(offset))).toEqual([1, 2, 3, 4]);
    expect([1, 2, 3, 4, 5].map((position) => places.offsetOfPosition(position))).toEqual([0, 1, 2, 4, 5]);
  });
});

describe("aliasMeasures", () => {
  test.each([
    ["select measure(x) from t", `select measure(x) AS "x" from t`],
    ['select MEASURE ( t."X y" ) from t', `select MEASURE ( t."X y" ) AS "X y" from t`],
    ["select 'é😀', (agg(x)), 1 from t", `select 'é😀', (agg(x)) AS "x", 1 from t`],
    ["select measure(x) y, measure(x) as z from t", undefined],
    ["select measure(x) + 1, measure(1), measure(a, b) from t", undefined],
    [
      "select aggregate(x) filter (where a = ')' or b in (1, 2)) -- c\n, a from t",
      `select aggregate(x) filter (where a = ')' or b in (1, 2)) AS "x" -- c\n, a from t`,
    ],
    [
      "with c as (select z, measure(x) from t group by 1) select (select measure(y)from u) from c",
      `with c as (select z, measure(x) AS "x" from t group by 1) select (select measure(y) AS "y"from u) from c`,
    ],
    [
      "select measure(x) from t union all select measure(y) from u order by 1",
      `select measure(x) AS "x" from t union all select measure(y) AS "y" from u order by 1`,
    ],
    ["select /* , */ measure(x)/*)*/", `select /* , */ measure(x) AS "x"/*)*/`],
    [`select measure("a""b")`, `select measure("a""b") AS "a""b"`],
  ])("of %s", async (text, expected) => {
    const edited = editText(text, aliasMeasures(new TextPlaces(text), await parsed(text)));
    expect(edited.text).toBe(expected ?? text);
    await parsed(edited.text);
  });
});

describe("bareReferences and wrapEdits", () => {
  const measures = new Set(["m", "n"]);

  async function wrapped(text: string, reference: string): Promise<string> {
    const places = new TextPlaces(text);
    const location = places.byteOfOffset(text.search(new RegExp(`(?<![\\w.])${reference}(?!\\w)`)));
    const references = bareReferences(await parsed(text), location, (name) => measures.has(name));
    const edited = editText(text, wrapEdits(places, references));
    await parsed(edited.text);
    return edited.text;
  }

  test.each([
    ["select z, m from t group by z", `select z, MEASURE(m) AS "m" from t group by z`],
    [
      "select z, m + n, sum(q), coalesce(t.n, 0) x from t group by z",
      "select z, MEASURE(m) + MEASURE(n), sum(q), coalesce(MEASURE(t.n), 0) x from t group by z",
    ],
    [
      "select m::int, count(n), measure(n) from t having n > 1 order by n desc, m",
      `select MEASURE(m)::int AS "m", count(n), measure(n) from t having MEASURE(n) > 1 order by MEASURE(n) desc, m`,
    ],
    [
      "select m, sum(n) over (order by n) from t where n > 1 group by z",
      `select MEASURE(m) AS "m", sum(MEASURE(n)) over (order by MEASURE(n)) from t where n > 1 group by z`,
    ],
    [
      "select case when z then m end, case when z then 1 else m end from t group by z",
      `select case when z then MEASURE(m) end, case when z then 1 else MEASURE(m) end AS "m" from t group by z`,
    ],
    [
      "select z, (select n from u), m from t group by z union select z, m from t",
      `select z, (select n from u), MEASURE(m) AS "m" from t group by z union select z, m from t`,
    ],
    [`select z, t . "m" from t group by z`, `select z, MEASURE(t . "m") AS "m" from t group by z`, 't . "m"'],
    ["select z, k from t group by z", "select z, k from t group by z", "k"],
  ])("of %s", async (text, expected, reference = "m") => {
    expect(await wrapped(text, reference)).toBe(expected);
  });
});
