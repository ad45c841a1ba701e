import { describe, expect, test } from "vitest";
import { callsAggregate } from "../../../src/sql/aggregate-calls.ts";
import { columnsRead } from "../../../src/sql/columns-read.ts";

describe("columnsRead", () => {
  test.each<[string, readonly string[]]>([
    ["income", ["income"]],
    ["Income", ["income"]],
    [`"Income"`, ["Income"]],
    ["coalesce(a, b) + 1", ["a", "b"]],
    ["case when a > 1 then b end -- c", ["a", "b"]],
    ["sum(x) filter (where y = 'z') over (partition by w order by v)", ["x", "y", "w", "v"]],
    ["t.x", ["t", "x"]],
    ["count(*)", []],
    ["'text' || 1", []],
    ["x::numeric(10, 2)", ["x"]],
    ["(x)[1]", ["x"]],
  ])("of %s", async (sql, names) => {
    const read = await columnsRead(sql);
    expect(read === "all" ? read : [...read].sort()).toEqual([...names].sort());
  });

  test.each([
    "*",
    "t.*",
    "count(t.*)",
    "(select a from b)",
    "x in (select y from z)",
    "(t).x",
    "columns('a.*')",
    "COLUMNS(*)",
    "list_transform([1], lambda x : x + 1)",
    "a, b",
    "a from t",
    "a limit 1",
    "a; select b",
    "a as b",
    "",
    "(",
  ])("cannot tell for %s", async (sql) => {
    expect(await columnsRead(sql)).toBe("all");
  });

  test("takes a name of the row for all columns", async () => {
    expect(await columnsRead("to_json(t)", ["t"])).toBe("all");
    expect(await columnsRead("t.x", ["t"])).toEqual(["t", "x"]);
  });
});

describe("callsAggregate", () => {
  test.each<[string, boolean | undefined]>([
    ["sum(a) / count(*)", true],
    ["round(avg(a), 2)", true],
    ["percentile_cont(0.5) within group (order by a)", true],
    ["my_own(a) filter (where b)", true],
    ["my_own(distinct a)", true],
    ["quantile_cont(a, 0.9)", true],
    ["round(a, 2)", false],
    ["sum(a) over ()", false],
    ["(select sum(a) from t)", false],
    ["a + b", false],
    ["a from", undefined],
  ])("of %s is %s", async (sql, expected) => {
    expect(await callsAggregate(sql)).toBe(expected);
  });
});
