import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LensError } from "../../../src/errors.ts";
import { brief, quoted, read, useStatements } from "./read-statement.ts";

useStatements();

describe("names", () => {
  const unit = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(..."(){}<>\"\\ :[]+-0123456789.\t'\r") },
    { weight: 2, arbitrary: fc.constantFrom("é", "😀", "ü", "日", "x", "long", ":resno", ":varno 1") },
    { weight: 1, arbitrary: fc.string({ unit: "grapheme", minLength: 1, maxLength: 3 }) },
  );
  const name = fc
    .array(unit, { minLength: 1, maxLength: 63 })
    .map((units) => {
      let text = "";
      for (const part of units) if (Buffer.byteLength(text + part) <= 63) text += part;
      return text;
    })
    .filter((text) => text !== "" && !/[\0\n\ud800-\udfff]/u.test(text));
  test("of any kind survive the line breaks of the dump, wherever they fall", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(name, { minLength: 1, maxLength: 8 }), async (names) => {
        const items = names.map((text, index) => `${index} as ${quoted(text)}`).join(", ");
        const query = await read(`select * from (select ${items}) x where 'é' <> 'x'`);
        const [item] = query.from;
        if (item?.kind !== "entry" || item.entry.kind !== "subquery") throw new Error("no subquery");
        expect(query.targets.map((target) => target.name)).toEqual(names);
        expect(item.entry.columns.map((column) => column.name)).toEqual(names);
        expect(item.entry.query.targets.map((target) => brief(target.expression))).toEqual(
          names.map((_, i) => i),
        );
      }),
      { numRuns: 400 },
    );
  });

  test("of aliases, common table expressions and windows survive", async () => {
    await fc.assert(
      fc.asyncProperty(name, name, async (one, two) => {
        fc.pre(one !== two);
        const query = await read(
          `with ${quoted(one)} as (select 1 as a) select a, sum(a) over ${quoted(two)} as ${quoted(one)} from ${quoted(one)} as ${quoted(two)} window ${quoted(two)} as (order by a)`,
        );
        expect(query.ctes[0]?.name).toBe(one);
        expect(query.from[0]).toMatchObject({ entry: { kind: "cte", name: two, cte: query.ctes[0]?.id } });
        expect(query.targets[1]?.name).toBe(one);
      }),
      { numRuns: 150 },
    );
  });

  test("that fill a line or more come out whole", async () => {
    for (const character of ["(", "{", "\\", " ", "x", "é", "0"]) {
      for (let length = 25; length <= 63; length++) {
        const text = character.repeat(Math.floor(length / Buffer.byteLength(character)));
        const query = await read(
          `select 1 as ${quoted(text)}, a as ${quoted(`${text.slice(1)}b`)} from (select 1) ${quoted(text)}(a)`,
        );
        expect(query.targets.map((target) => target.name)).toEqual([text, `${text.slice(1)}b`]);
        expect(query.from[0]).toMatchObject({ entry: { name: text } });
      }
    }
  });

  test("with line breaks never change what is read", async () => {
    const part = fc.constantFrom("\n", "\n", ":resjunk", "true", " ", ":expr", "(", "}", "x", "\\");
    const broken = fc
      .array(part, { minLength: 1, maxLength: 60 })
      .map((parts) => parts.join("").slice(0, 60));
    await fc.assert(
      fc.asyncProperty(fc.array(broken, { minLength: 1, maxLength: 4 }), async (names) => {
        const sql = `select ${names.map((text, index) => `${index} as ${quoted(text)}`).join(", ")}`;
        const query = await read(sql).catch((error: LensError) => error);
        if ("sqlstate" in query) expect(query.sqlstate).toBe("XX000");
        else {
          const targets = query.targets.map((target) => [brief(target.expression), target.junk]);
          expect(targets).toEqual(names.map((_, index) => [index, false]));
        }
      }),
      { numRuns: 300 },
    );
    const query = await read(`select 1 as "a\n:resjunk true", 2 as "\n\n"`);
    expect(query.targets.map((target) => target.name)).toEqual(["a :resjunk true", "  "]);
  });
});
