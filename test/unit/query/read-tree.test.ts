import { describe, expect, test } from "vitest";
import { visitQuery } from "../../../src/query/walk.ts";
import { brief, first, read, useStatements } from "./read-statement.ts";

useStatements();

describe("a block", () => {
  test("has numbers of its own for entries, and unique ones in the statement", async () => {
    const query = await read(
      "with x as (select 1 as a) select (select max(t.id) from t where t.c_id = c.id), x.a from c, x, (select * from t) y where exists (select from t z where z.id = y.id)",
    );
    const ids: number[] = [];
    visitQuery(query, {
      query: (block) => {
        ids.push(block.id, ...block.ctes.map((cte) => cte.id));
        return undefined;
      },
      entry: (entry) => {
        ids.push(entry.id);
      },
    });
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("resolves outer references at any depth", async () => {
    const query = await read(
      "select (select (select c.zone || t.id from t limit 1) from t t2 limit 1) from c",
    );
    const [entry] = query.from;
    const outer = entry?.kind === "entry" ? entry.entry.id : 0;
    const found: string[] = [];
    visitQuery(query, {
      expression: (node) => {
        if (node.kind === "Var") found.push(String(brief(node)));
        return undefined;
      },
    });
    expect(found).toContain(`v${outer}.2`);
  });

  test("replaces the columns of a join by what they stand for", async () => {
    const inner = await read("select j.id, j.zone, amount from (c join t using (id)) as j");
    const [from] = inner.from;
    if (from?.kind !== "join" || from.left.kind !== "entry" || from.right.kind !== "entry")
      throw new Error("no join");
    const [left, right] = [from.left.entry.id, from.right.entry.id];
    expect(inner.targets.map((target) => brief(target.expression))).toEqual([
      `v${left}.1`,
      `v${left}.2`,
      `v${right}.3`,
    ]);
    expect(from.type).toBe("inner");
    expect(brief(from.on)).toEqual(["OpExpr", `v${left}.1`, `v${right}.1`]);
    const full = await first("select id from c full join t using (id)");
    expect(brief(full)).toEqual([
      "CoalesceExpr",
      expect.stringMatching(/\.1$/),
      expect.stringMatching(/\.1$/),
    ]);
    const nested = await first(
      "select id from (c full join t using (id)) full join (select 1::bigint as id) z using (id)",
    );
    expect(brief(nested)).toEqual([
      "CoalesceExpr",
      ["CoalesceExpr", expect.anything(), expect.anything()],
      expect.anything(),
    ]);
    const natural = await read(
      "select x.a from c natural left join (select 1::bigint as id, 2 as a) x right join t on true",
    );
    expect(natural.from[0]).toMatchObject({
      kind: "join",
      type: "right",
      left: { kind: "join", type: "left" },
    });
    const row = await first("select j from (c join t using (id)) as j");
    expect(row).toMatchObject({ kind: "RowExpr" });
  });

  test("names grouping expressions by their place, also from inside", async () => {
    const query = await read(
      "select zone, upper(city), (select count(*) filter (where c.zone > 'a') from t), (select c.zone from t limit 1), sum(age), 'x' from c group by city, zone, 6 having zone > 'b' order by upper(city), sum(income)",
    );
    const block = query.id;
    expect(query.group?.keys.map(brief)).toEqual([
      expect.stringMatching(/\.3$/),
      expect.stringMatching(/\.2$/),
      "x",
    ]);
    expect(query.group?.keys).toHaveLength(3);
    const [zone, city, , inner] = query.targets.map((target) => target.expression);
    expect(brief(zone)).toBe(`k${block}.1`);
    expect(JSON.stringify(brief(city))).toContain("RelabelType");
    expect(inner?.kind === "SubLink" && brief(inner.query.targets[0]?.expression)).toBe(`k${block}.1`);
    expect(query.orderBy.map((item) => query.targets[item.target]?.junk)).toEqual([false, true]);
    expect(query.hasAggregates).toBe(true);
  });

  test.each<[string, readonly (readonly number[])[] | undefined]>([
    ["zone, city", undefined],
    ["rollup(zone, city)", [[0, 1], [0], []]],
    ["cube(zone, city)", [[0, 1], [0], [1], []]],
    ["rollup((zone, age), city)", [[0, 1, 2], [0, 1], []]],
    ["zone, rollup(city, age)", [[0, 1, 2], [0, 1], [0]]],
    ["grouping sets ((zone), (city, zone), ())", [[0], [1, 0], []]],
    ["grouping sets (rollup(zone), cube(city))", [[0], [], [1], []]],
    ["grouping sets ((zone), (zone)), grouping sets ((city), ())", [[0, 1], [0], [0, 1], [0]]],
    ["distinct rollup(zone), rollup(zone, city)", [[0], [0, 1], []]],
    ["()", [[]]],
    ["(), ()", [[]]],
  ])("expands GROUP BY %s", async (groupBy, sets) => {
    const query = await read(`select count(*) from c group by ${groupBy}`);
    const sorted = (all: typeof sets) =>
      all
        ?.map((set) => [...set].sort())
        .map(String)
        .sort();
    expect(sorted(query.group?.sets)).toEqual(sorted(sets));
  });

  test("gives GROUPING the places of its keys", async () => {
    const expression = await first("select grouping(city, zone) from c group by cube(zone, city)");
    expect(expression).toMatchObject({ kind: "GroupingFunc", keys: [1, 0] });
  });

  test("reads every part of an aggregate call", async () => {
    const query = await read(
      "select array_agg(distinct zone order by zone desc nulls last), string_agg(city, ',' order by age, zone) filter (where age > 1), percentile_cont(0.5) within group (order by age desc), rank(3) within group (order by age), count(*), (select sum(c.age) from t limit 1) from c",
    );
    const [distinct, ordered, percentile, rank, star, outer] = query.targets.map(
      (target) => target.expression,
    );
    expect(distinct).toMatchObject({
      distinct: true,
      orderBy: [{ descending: true, nullsFirst: false }],
      block: query.id,
    });
    expect(ordered).toMatchObject({ filter: { kind: "OpExpr" }, orderBy: [{ descending: false }, {}] });
    expect(ordered?.kind === "Aggref" && ordered.args).toHaveLength(2);
    expect(percentile).toMatchObject({
      aggregateKind: "orderedSet",
      orderBy: [{ descending: true }],
      args: [{}],
    });
    expect(percentile?.kind === "Aggref" && percentile.directArgs).toHaveLength(1);
    expect(rank).toMatchObject({ aggregateKind: "hypothetical" });
    expect(star).toMatchObject({ star: true, args: [] });
    expect(outer?.kind === "SubLink" && outer.query.targets[0]?.expression).toMatchObject({
      block: query.id,
    });
  });

  test("reads windows, named and copied ones too", async () => {
    const query = await read(
      `select sum(age) over w, row_number() over (w order by id), lag(age, 2) over (partition by city order by day range between '1 day' preceding and unbounded following exclude ties), sum(age) over (order by id groups 2 preceding), avg(age) filter (where age > 1) over () from c window w as (partition by zone)`,
    );
    const windows = query.targets.map(({ expression }) =>
      expression.kind === "WindowFunc" ? query.windows[expression.window] : undefined,
    );
    expect(windows[0]).toMatchObject({ partitionBy: [{ column: 2 }], orderBy: [], frame: undefined });
    expect(windows[1]).toMatchObject({
      partitionBy: [{ column: 2 }],
      orderBy: [{ expression: { column: 1 } }],
    });
    expect(windows[2]?.frame).toMatchObject({
      mode: "range",
      start: { kind: "preceding", offset: { kind: "Const" } },
      end: { kind: "unboundedFollowing" },
      exclude: "ties",
    });
    expect(windows[3]?.frame).toMatchObject({
      mode: "groups",
      start: { kind: "preceding" },
      end: { kind: "currentRow" },
    });
    expect(query.targets[4]?.expression).toMatchObject({ aggregate: true, filter: { kind: "OpExpr" } });
    expect(query.targets[1]?.expression).toMatchObject({ aggregate: false, star: false });
  });

  test("reads set operations as a tree of arms", async () => {
    const query = await read(
      "(select zone from c union all select 'x') except (select city from c intersect select zone from c) order by 1 desc limit 2 offset 1",
    );
    expect(query.setOperation).toMatchObject({
      kind: "except",
      all: false,
      left: { kind: "union", all: true, left: { kind: "arm", entry: { kind: "subquery" } } },
      right: { kind: "intersect", columns: [{ name: "zone", type: 1043 }] },
    });
    expect(query.from).toEqual([]);
    expect(query.targets.map((target) => target.name)).toEqual(["zone"]);
    expect(query.orderBy).toEqual([{ target: 0, descending: true, nullsFirst: true }]);
  });

  test("reads common table expressions, recursive and nested ones", async () => {
    const query = await read(
      "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3), s as materialized (with r as (select 9 as q) select q from r) select n, q from r, s",
    );
    const [r, s] = query.ctes;
    expect([r?.recursive, r?.columns, s?.materialized]).toEqual([
      true,
      [{ name: "n", type: 23, modifier: -1 }],
      "always",
    ]);
    const arm = r?.query.setOperation?.kind === "union" && r.query.setOperation.right;
    expect(arm && arm.kind === "arm" && arm.entry.query.from[0]).toMatchObject({
      entry: { kind: "cte", cte: r?.id },
    });
    expect(s?.query.from[0]).toMatchObject({ entry: { kind: "cte", cte: s?.query.ctes[0]?.id } });
  });

  test("reads VALUES, functions and LATERAL in FROM", async () => {
    const query = await read(
      "select * from (values (1, 'a'), (2, null)) v(x, y), lateral (select v.x) l, generate_series(1, v.x) with ordinality g(a, b), rows from (unnest(array[1, 2]), generate_series(1, 2)) u",
    );
    const entries = query.from.map((item) => (item.kind === "entry" ? item.entry : undefined));
    // VALUES in FROM is a subquery over a bare VALUES.
    expect(entries[0]).toMatchObject({
      kind: "subquery",
      columns: [
        { name: "x", type: 23 },
        { name: "y", type: 25 },
      ],
      query: {
        from: [
          {
            entry: {
              kind: "values",
              rows: [
                [{ value: 1 }, { value: "a" }],
                [{ value: 2 }, { value: null }],
              ],
            },
          },
        ],
      },
    });
    expect(entries[1]).toMatchObject({ kind: "subquery", lateral: true });
    expect(entries[2]).toMatchObject({
      kind: "function",
      ordinality: true,
      columns: [
        { name: "a", type: 23 },
        { name: "b", type: 20 },
      ],
    });
    expect(entries[3]).toMatchObject({
      kind: "function",
      functions: [{ columnCount: 1 }, { columnCount: 1 }],
    });
    const bare = await read("values (1, 'a'), (2, 'b') order by 1");
    expect(bare.from[0]).toMatchObject({ entry: { kind: "values" } });
    expect(bare.targets.map((target) => target.name)).toEqual(["column1", "column2"]);
  });

  test("gives subqueries the types and modifiers of their columns", async () => {
    const query = await read(
      "select * from (select income, city, income::numeric(5,1) as n, coalesce(income, 1.5) as m, case when true then city end as k, (select city from c limit 1) as s from c) x",
    );
    const [item] = query.from;
    expect(item?.kind === "entry" && item.entry.columns).toEqual([
      { name: "income", type: 1700, modifier: 786438 },
      { name: "city", type: 1043, modifier: 24 },
      { name: "n", type: 1700, modifier: 327685 },
      { name: "m", type: 1700, modifier: -1 },
      { name: "k", type: 1043, modifier: -1 },
      { name: "s", type: 1043, modifier: 24 },
    ]);
  });

  test("keeps DISTINCT, ties, offsets and the origin of columns", async () => {
    const query = await read(
      "select distinct on (zone, age) zone, city as z, age + 1 from c order by zone, age desc, id fetch first 3 rows with ties",
    );
    expect(
      query.distinct?.kind === "on" && query.distinct.targets.map((place) => query.targets[place]?.junk),
    ).toEqual([false, true]);
    expect(query.withTies).toBe(true);
    expect(query.targets[1]?.origin).toEqual({ relationOid: expect.any(Number), column: 3 });
    expect(query.targets[2]?.origin).toBeUndefined();
    expect((await read("select distinct zone from c")).distinct).toEqual({ kind: "all" });
  });

  test("keeps parameters, row variables and locations", async () => {
    const query = await read("select c, c.ctid, $1::int + 2 from c");
    const [row, system, sum] = query.targets.map((target) => target.expression);
    expect(row).toMatchObject({ kind: "Var", column: 0, location: 7 });
    expect(system).toMatchObject({ kind: "Var", column: -1 });
    expect(sum).toMatchObject({
      kind: "OpExpr",
      location: 26,
      args: [{ kind: "Param", number: 1 }, { value: 2 }],
    });
  });

  test("reads every other kind of expression", async () => {
    const sql = `select age is distinct from 1, nullif(age, 1), age = any (array[1, 2]), age <> all ('{1,2}'::int[]),
      case age when 1 then 'a' else 'b' end, greatest(age, 2), least(age, 2), zone is not null, (age > 1) is not unknown,
      current_date, localtimestamp(3), current_user, age::text, zone::varchar, array['1', '2']::int[], row(1, age),
      (age, id) <= (1, 2), (array[1, 2, 3])[2], (array[1, 2, 3])[:2], zone collate "C", exists (select 1),
      age in (select 1), (age, zone) not in (select 2, 'x'), age > all (select 1), array(select 1), (select 1),
      extract(year from day), day at time zone 'UTC', zone like 'a%', not age > 1, zone ~ 'x', -age from c`;
    const query = await read(sql);
    const kinds = query.targets.map((target) => target.expression.kind);
    expect(kinds).toEqual(
      `DistinctExpr NullIfExpr ScalarArrayOpExpr ScalarArrayOpExpr CaseExpr MinMaxExpr MinMaxExpr NullTest BooleanTest
       SqlValueFunction SqlValueFunction SqlValueFunction CoerceViaIo RelabelType ArrayCoerceExpr RowExpr RowCompareExpr
       SubscriptExpr SubscriptExpr CollateExpr SubLink SubLink BoolExpr SubLink SubLink SubLink FuncExpr FuncExpr OpExpr
       BoolExpr OpExpr OpExpr`
        .split(/\s+/)
        .map((kind) => (kind === "CoerceViaIo" || kind === "ArrayCoerceExpr" ? expect.any(String) : kind)),
    );
    const expressions = query.targets.map((target) => target.expression);
    expect(expressions[8]).toMatchObject({ test: "notUnknown" });
    expect(expressions[10]).toMatchObject({ operation: "localtimestamp", modifier: 3 });
    expect(expressions[16]).toMatchObject({
      comparison: "<=",
      operators: [expect.any(Number), expect.any(Number)],
    });
    expect(expressions[18]).toMatchObject({ lower: [undefined], upper: [{ value: 2 }] });
    expect(expressions[21]).toMatchObject({
      link: "any",
      tests: [{ operator: 96, left: { kind: "Var" }, type: 23 }],
    });
    expect(expressions[23]).toMatchObject({ link: "all", type: 16 });
    expect(expressions[24]).toMatchObject({ link: "array", type: 1007 });
    expect(expressions[25]).toMatchObject({ link: "expression", type: 23 });
  });
});
