import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Analyse,
  type Analysed,
  type AnalyseOptions,
  createAnalyse,
} from "../../../src/analysis/analyse.ts";
import { literalsOfNow } from "../../../src/analysis/literals-of-now.ts";
import { systemClock } from "../../../src/clock.ts";
import type { LensError } from "../../../src/errors.ts";
import { type CatalogInstances, openCatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import type { Const, Expression } from "../../../src/query/query.ts";
import { visitQuery } from "../../../src/query/walk.ts";
import { parseStatements } from "../../../src/sql/parse.ts";
import { column, relation, visibleModel } from "../postgres/visible-models.ts";

const numeric = { kind: "numeric" } as const;
const text = { kind: "text" } as const;
const bigint = { kind: "bigint" } as const;

const visible = visibleModel("viewer", [
  relation(
    "customers",
    [
      column("customers", "dimension", "customer_id", bigint),
      column("customers", "dimension", "zone", text),
      column("customers", "dimension", "city", text),
      column("customers", "dimension", "onboarded", { kind: "date" }),
      column("customers", "dimension", "age", { kind: "integer" }),
      column("customers", "measure", "total_balance", numeric),
      column("customers", "measure", "customer_count", bigint),
      column("customers", "segment", "is_big", { kind: "boolean" }),
    ],
    { primaryKey: ["customer_id"] },
  ),
]);

let instances: CatalogInstances;
let analyseStatement: Analyse;
const asked: string[] = [];

beforeAll(async () => {
  instances = await openCatalogInstances({
    catalogInstancesMax: 2,
    catalogTimeoutMs: 5_000,
    clock: systemClock,
    onFailure: (failure) => asked.push(String(failure)),
  });
  analyseStatement = createAnalyse({
    analyse: (statement) => {
      asked.push(statement.text);
      return instances.analyse(statement);
    },
  });
});

afterAll(() => instances.close());

function analyse(sql: string, more: Partial<AnalyseOptions> = {}): Promise<Analysed> {
  asked.length = 0;
  return analyseStatement({
    text: sql,
    parameterTypes: [],
    settings: {},
    visible,
    databaseName: "market",
    user: "alice",
    signal: new AbortController().signal,
    ...more,
  });
}

function failure(sql: string): Promise<LensError> {
  return analyse(sql).then(
    () => expect.unreachable("the statement was analysed"),
    (error: unknown) => error as LensError,
  );
}

function expressions(analysed: Analysed): readonly Expression[] {
  const found: Expression[] = [];
  if (analysed.query === undefined) throw new Error("no tree");
  visitQuery(analysed.query, {
    expression: (node) => {
      found.push(node);
      return undefined;
    },
  });
  return found;
}

function measureCalls(analysed: Analysed): number {
  return expressions(analysed).filter(
    (node) => node.kind === "Aggref" && analysed.measureFunctions.has(node.function),
  ).length;
}

const names = (analysed: Analysed) => analysed.columns.map((column) => column.name);

describe("a statement over the lens", () => {
  test("comes with its tree, columns, parameter types and relations", async () => {
    const analysed = await analyse(
      "select zone, measure(total_balance) from customers where city = $1 group by 1",
    );
    expect(analysed.readsLens).toBe(true);
    expect(names(analysed)).toEqual(["zone", "total_balance"]);
    expect(analysed.parameterTypes).toEqual([25]);
    const [item] = analysed.query?.from ?? [];
    if (item?.kind !== "entry" || item.entry.kind !== "relation") throw new Error("no relation");
    expect(analysed.relations.get(item.entry.relationOid)?.name).toBe("customers");
    expect(item.entry.columns[5]).toEqual({ name: "total_balance", type: 1700, modifier: -1 });
    expect(asked).toHaveLength(1);
  });

  test("says where in the client's text a place of the analysed text stands", async () => {
    const sql = "select 'é😀', measure(total_balance), age + 1 from customers group by age";
    const analysed = await analyse(sql);
    const addition = expressions(analysed).find((node) => node.kind === "OpExpr");
    expect(analysed.positionOf(addition?.location ?? -1)).toBe([...sql].indexOf("+") + 1);
    expect(analysed.positionOf(-1)).toBeUndefined();
  });

  test("means the same where it was parsed as a part of a longer text", async () => {
    const list = Array.from({ length: 20 }, (_, index) => `'é${index}'`).join(", ");
    const sql =
      "select /* ü😀 */ zone, measure(total_balance), customer_count, zone in (LIST), age + 1 from customers group by 1, 5";
    for (const text of [sql.replace("LIST", list), sql.replace("LIST", list).replace("age", "agee")]) {
      const [, parsed] = await parseStatements(`select 'é😀';  ${text} ; select 3`);
      expect(parsed?.text).toBe(text);
      const outcome = async (more: Partial<AnalyseOptions>) => {
        try {
          const analysed = await analyse(text, more);
          return [analysed.text, expressions(analysed).map(({ location }) => analysed.positionOf(location))];
        } catch (error) {
          const { message, position } = error as LensError;
          return [message, position];
        }
      };
      expect(await outcome({ parsed })).toEqual(await outcome({}));
    }
  });

  test("is refused with the place of what a lens does not offer", async () => {
    const sql =
      "select 'é', measure(total_balance), (select age from customers tablesample system (1)) from customers";
    const error = await failure(sql);
    expect([error.sqlstate, error.position]).toEqual(["0A000", sql.indexOf("1)") + 1]);
  });
});

describe("a statement that reads no lens relation", () => {
  test.each([
    "select 1",
    "select c, c.oid from pg_class c",
    "select (x).a from (select row(1) x) y, pg_type".replace("(x).a", "x"),
    "values (1), (2)",
    "select table_name from information_schema.tables",
    "show all",
  ])("is left to the catalog: %s", async (sql) => {
    const analysed = await analyse(sql);
    expect([analysed.readsLens, analysed.query]).toEqual([false, undefined]);
  });
});

describe("errors", () => {
  test.each([
    ["select zone, zonee from customers", "42703", "zonee"],
    ["select measure(total_balance), zonee from customers", "42703", "zonee"],
    [
      "select 'é😀', measure(total_balance), measure(customer_count), nope(1) from customers",
      "42883",
      "nope",
    ],
    ["select ] from customers", "42601", "]"],
    ["select zone, city from customers group by zone", "42803", "city"],
    ["select measure(customer_count), city from customers", "42803", "city"],
  ])("of %s stand at the client's own place", async (sql, sqlstate, at) => {
    const error = await failure(sql);
    expect([error.sqlstate, error.position]).toEqual([
      sqlstate,
      [...sql.slice(0, sql.indexOf(at))].length + 1,
    ]);
  });

  test("of statements that are nested too deeply are 54001, and those below the bound are analysed", async () => {
    const chain = (count: number) => `select age${"+1".repeat(count)} from customers`;
    for (const count of [500, 950]) expect((await analyse(chain(count))).readsLens).toBe(true);
    for (const count of [1_100, 10_000]) expect((await failure(chain(count))).sqlstate).toBe("54001");
    const nested = (count: number) =>
      `select 1 from customers where ${"(age = 1 or ".repeat(count)}true${")".repeat(count)}`;
    expect((await analyse(nested(400))).readsLens).toBe(true);
    expect((await failure(nested(1_000))).sqlstate).toBe("54001");
  });

  test("of an empty statement are PostgreSQL's", async () => {
    expect((await analyse("")).columns).toEqual([]);
  });
});

describe("IN lists", () => {
  const list = (count: number, item: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => item(index)).join(", ");

  // The operator for 16 and for 17 items: that of the array's elements, which compares the same values.
  const same = (operator: number) => [operator, operator];
  test.each<[string, string, (index: number) => string, number[]]>([
    ["text", "zone", (i) => `'v "${i}" \\ '''`, same(531)],
    ["date", "onboarded", (i) => `'2024-01-${10 + i}'`, same(1094)],
    ["bigint", "customer_id", (i) => `${i}`, [411, 417]],
    ["integer over bigint", "age", (i) => `${i + 3_000_000_000}`, same(36)],
    ["integer over numeric", "age", (i) => `${i}.5`, same(1753)],
    ["with NULL", "zone", (i) => (i === 3 ? "NULL" : `'${i}'`), same(531)],
  ])("of %s mean the same with 16 and 17 items", async (_, name, item, operators) => {
    const [short, long] = await Promise.all(
      [16, 17].map((count) => analyse(`select 1 from customers where ${name} not in (${list(count, item)})`)),
    );
    const where = [short?.query?.where, long?.query?.where];
    expect(where.map((node) => node?.kind === "ScalarArrayOpExpr" && !node.any && node.operator)).toEqual(
      operators,
    );
    const values = [short, long].map((analysed) =>
      expressions(analysed as Analysed)
        .filter((node): node is Const => node.kind === "Const")
        .flatMap((node) => node.value),
    );
    expect(values[1]?.slice(0, 16)).toEqual(values[0]?.slice(0, 16));
    expect(values[1]).toHaveLength(18);
  });

  test("report an error at the element's own place, with 16 and with 17 items", async () => {
    for (const count of [16, 17]) {
      const sql = `select 'é' from customers where onboarded in (${list(count, (i) => (i === 9 ? "'soon'" : "'2024-01-01'"))})`;
      const error = await failure(sql);
      expect([error.sqlstate, error.message, error.position]).toEqual([
        "22007",
        'invalid input syntax for type date: "soon"',
        sql.indexOf("'soon'") + 1,
      ]);
    }
  });

  test.each<[string, (index: number) => string, unknown]>([
    ["zone", (i) => `'v${i}'`, "v4999"],
    ["zone", (i) => `'v${i}'::varchar`, "v4999"],
    ["customer_id", (i) => `${i}`, 4999],
    ["customer_id", (i) => `${i - 3_000_000_000}`, -2_999_995_001n],
    ["age", (i) => `${i}.50`, "4999.50"],
  ])("of strings and numbers are not given to PostgreSQL: %s", async (name, item, last) => {
    const lengths: number[] = [];
    for (const count of [20, 5_000]) {
      const analysed = await analyse(
        `select 1 from customers where ${name} in (${list(count, item)}) or zone not in (${list(count, (i) => `'${i}'`)})`,
      );
      expect(asked).toHaveLength(1);
      lengths.push(asked[0]?.length ?? 0);
      const values = expressions(analysed).flatMap((node) =>
        node.kind === "Const" && Array.isArray(node.value) ? [node.value] : [],
      );
      expect(values.map((value) => value.length)).toEqual([count, count]);
      if (count === 5_000) expect(values.map((value) => value.at(-1))).toEqual([last, "4999"]);
    }
    // Digests of numbers have no fixed length.
    expect(Math.abs((lengths[0] ?? 0) - (lengths[1] ?? 0))).toBeLessThan(100);
  });

  test.each<[string, string, (index: number) => string, number]>([
    ["strings over a date", "onboarded", (i) => `'2024-01-${10 + i}'`, 2],
    ["strings over a number", "age", (i) => `'${i}'`, 2],
    ["dates", "onboarded", (i) => `date '2024-01-${10 + i}'`, 1],
    ["dates by a cast", "onboarded", (i) => `cast('2024-01-${10 + i}' as date)`, 1],
    ["timestamps over a date", "onboarded", (i) => `timestamp '2024-01-${10 + i}'`, 1],
    ["numbers in scientific spelling", "age", (i) => `${i}e2`, 1],
  ])("of %s are read by PostgreSQL, and mean the same with 16 and 17 items", async (_, name, item, asks) => {
    const values: unknown[] = [];
    for (const count of [16, 17]) {
      const analysed = await analyse(`select 1 from customers where ${name} in (${list(count, item)})`);
      values.push(
        expressions(analysed)
          .flatMap((node) => (node.kind === "Const" ? node.value : []))
          .slice(0, 16),
      );
    }
    expect(asked).toHaveLength(asks);
    expect(values[1]).toEqual(values[0]);
  });

  test("that differ are not taken for one expression, and equal ones are", async () => {
    const one = list(20, (i) => `'${i}'`);
    const other = list(20, (i) => `'${i + 1}'`);
    const grouped = (selected: string) =>
      `select zone in (${selected}), count(*) from customers group by zone in (${one})`;
    expect((await failure(grouped(other))).sqlstate).toBe("42803");
    expect((await failure(grouped(list(20, (i) => `${i}`)))).sqlstate).toBe("42883");
    const analysed = await analyse(grouped(one));
    expect(analysed.query?.targets[0]?.expression.kind).toBe("GroupKey");
  });

  test("of 5,000 items are analysed as one constant", async () => {
    const analysed = await analyse(`select 1 from customers where zone in (${list(5_000, (i) => `'${i}'`)})`);
    expect(expressions(analysed).filter((node) => node.kind === "Const")).toHaveLength(2);
  });
});

describe("bare measures in a block that groups", () => {
  test.each<[string, number, readonly string[]]>([
    ["select zone, total_balance from customers group by zone", 1, ["zone", "total_balance"]],
    [
      "select zone, total_balance + 1, customer_count from customers group by zone order by customer_count",
      2,
      ["zone", "?column?", "customer_count"],
    ],
    ["select count(*), total_balance::int from customers", 1, ["count", "total_balance"]],
    ["select zone from customers group by zone having total_balance > 1 and customer_count > 2", 2, ["zone"]],
    [
      "select zone, b from (select zone, total_balance as b from customers) x group by zone, b having total_balance > 1"
        .replace(", b from", ", b as total_balance from")
        .replace(" group by zone, b having total_balance > 1", " group by zone, b"),
      0,
      ["zone", "total_balance"],
    ],
    [
      `select "_"."zone", "_"."total_balance" from (select zone, total_balance from customers) "_" group by "_"."zone"`,
      1,
      ["zone", "total_balance"],
    ],
    [
      "with c as (select zone, total_balance from customers) select zone, total_balance from c group by zone",
      1,
      ["zone", "total_balance"],
    ],
    [
      "select zone, total_balance from customers group by zone union all select zone, customer_count from customers group by 1",
      2,
      ["zone", "total_balance"],
    ],
  ])("are measured: %s", async (sql, calls, columnNames) => {
    const analysed = await analyse(sql);
    expect(measureCalls(analysed)).toBe(calls);
    expect(names(analysed)).toEqual(columnNames);
  });

  test("stay as they are where PostgreSQL has no error", async () => {
    const analysed = await analyse("select zone, total_balance from customers");
    expect(measureCalls(analysed)).toBe(0);
    expect(asked).toHaveLength(1);
  });

  test("are told from columns that only have their name, and the client's error stands", async () => {
    const sql =
      "select zone, total_balance from (select zone, sum(age) as total_balance from customers group by zone) x group by zone";
    const error = await failure(sql);
    expect([error.sqlstate, error.position]).toEqual(["42803", sql.indexOf("total_balance") + 1]);
    expect(asked).toHaveLength(3);
  });

  test("are not wrapped in a catalog statement", async () => {
    const error = await failure(
      "select oid, total_balance from (select oid, 1 as total_balance from pg_class) x group by oid",
    );
    expect(error.sqlstate).toBe("42803");
  });
});

describe("literalsOfNow", () => {
  test.each<[string, boolean]>([
    ["select date 'today'", true],
    ["select 'NOW'::timestamp", true],
    ["select '{now, 2020-01-01}'::date[]", true],
    [String.raw`select E'\x6eow'::timestamp`, true],
    ["select 'no'\n'w'::timestamp", true],
    [String.raw`select U&'\006eow'::timestamp`, true],
    ["select now(), current_date", false],
    ["select known from snow where x = 'nowhere'", false],
  ])("of %s is %s", (sql, expected) => {
    expect(literalsOfNow(sql)).toBe(expected);
  });
});
