import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDataType } from "../../../src/data-type.ts";
import { duckDbDialect } from "../../../src/dialect/duckdb/duckdb-dialect.ts";
import { loadModelFiles } from "../../../src/model/load-model.ts";
import type { LinkedModel, TypedModel } from "../../../src/model/model.ts";
import { formatProblem } from "../../../src/problem.ts";
import { typeModel, typeModelOffline } from "../../../src/typing/type-model.ts";
import type { Warehouse } from "../../../src/warehouse/warehouse.ts";
import { type DuckDbFile, makeDuckDb } from "./duckdb-file.ts";

const signal = new AbortController().signal;
let file: DuckDbFile;

beforeAll(async () => {
  file = await makeDuckDb(`
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE TABLE shipments (
      id INTEGER, region VARCHAR, weight DECIMAL(10, 2), Parcels BIGINT, sent TIMESTAMP, day DATE, late BOOLEAN,
      tags VARCHAR[], code UUID, carrier_id INTEGER, feeling mood, ratio DOUBLE
    );
    INSERT INTO shipments (id, region, carrier_id) VALUES (1, 'n', 1), (2, 'n', 1), (2, 's', 1), (NULL, 's', 2);
    CREATE TABLE carriers (id INTEGER, name VARCHAR, region VARCHAR, founded DATE);
    INSERT INTO carriers VALUES (1, 'x', 'n', NULL), (2, 'y', 's', NULL);
  `);
});
afterAll(() => file.remove());

const sourceOf = (warehouse: Warehouse) => ({ warehouse, dialect: duckDbDialect });

async function link(text: string): Promise<LinkedModel> {
  const { model, problems } = await loadModelFiles("m", [{ name: "tables/t.yml", text }]);
  expect(problems.map((problem) => formatProblem(problem))).toEqual([]);
  if (model === undefined) throw new Error("no model");
  return model;
}

async function problemsOf(text: string, checkKeys = false): Promise<string[]> {
  const { model, problems } = await typeModel(await link(text), () => sourceOf(file.warehouse), {
    signal,
    checkKeys,
  });
  expect(model === undefined).toBe(problems.length > 0);
  return problems.map((problem) => formatProblem(problem));
}

function typesOf(model: TypedModel, table: string): Record<string, string> {
  const typed = model.tables.get(table);
  const all = [...(typed?.dimensionTypes ?? []), ...(typed?.measureTypes ?? [])];
  return Object.fromEntries(all.map(([name, type]) => [name, formatDataType(type)]));
}

const carriers = `
  - name: carriers
    sql: SELECT * FROM carriers
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: name, type: string, sql: "upper(name)"}
      - {name: founded, type: time, column: founded}
    measures:
      - {name: carriers_known, type: count}
`;

const good = `tables:
  - name: shipments
    sql: SELECT * FROM shipments -- all of them
    joins:
      - {name: carriers, relationship: many_to_one, sql: "{TABLE}.carrier_id = {carriers.id}"}
    dimensions:
      - {name: id, type: number, column: ID, primary_key: true}
      - {name: id_text, type: string, column: id}
      - {name: weight, type: number, column: weight}
      - {name: parcels, type: number, sql: "{TABLE}.PARCELS"}
      - {name: sent, type: time, column: sent}
      - {name: day, type: time, column: day}
      - {name: late, type: boolean, column: late}
      - {name: tags, type: string, column: tags}
      - {name: code, type: string, column: code}
      - {name: nothing, type: time, sql: "CAST(NULL AS TIMESTAMP)"}
      - {name: carrier_name, type: string, sql: "region || {carriers.name}"}
      - {name: carrier_founded, type: time, sql: "{carriers}.founded"}
      - {name: kind, type: string, case: {when: [{sql: "{weight} > 10", label: "it's big"}], else: {label: small}}}
      - {name: carrier_count, type: number, sub_query: true, sql: "{carriers.carriers_known}"}
    measures:
      - {name: n, type: count}
      - {name: total, type: sum, sql: "{weight}", filters: [{sql: "{TABLE}.late"}]}
      - {name: parcels_total, type: sum, sql: "{parcels}"}
      - {name: mean, type: avg, sql: weight}
      - {name: first_sent, type: min, sql: sent}
      - {name: regions, type: count_distinct_approx, sql: region}
      - {name: carriers_used, type: count_distinct, sql: "{carriers.name}"}
      - {name: share, type: number, sql: "{total} / {carriers.carriers_known}"}
      - {name: names, type: string, sql: "list(DISTINCT region)"}
      - {name: rolling, type: sum, sql: weight, rolling_window: {trailing: unbounded}}
    segments:
      - {name: heavy, sql: "{weight} > 10 AND {carriers.name} = 'X'"}
${carriers}`;

test("members have the types that the warehouse yields, cast to text where that is declared", async () => {
  const { model, problems } = await typeModel(await link(good), () => sourceOf(file.warehouse), {
    signal,
    checkKeys: false,
  });
  expect(problems).toEqual([]);
  expect(model && typesOf(model, "shipments")).toEqual({
    id: "integer",
    id_text: "text",
    weight: "numeric(10,2)",
    parcels: "bigint",
    sent: "timestamp without time zone",
    day: "date",
    late: "boolean",
    tags: "text",
    code: "text",
    nothing: "timestamp without time zone",
    carrier_name: "text",
    carrier_founded: "date",
    kind: "text",
    carrier_count: "bigint",
    n: "bigint",
    total: "numeric(38,2)",
    parcels_total: "numeric(38,0)",
    mean: "double precision",
    first_sent: "timestamp without time zone",
    regions: "bigint",
    carriers_used: "bigint",
    share: "double precision",
    names: "text",
    rolling: "numeric(38,2)",
  });
});

test("columns are written as the warehouse spells them, in references, reads and plain columns", async () => {
  const { model } = await typeModel(await link(good), () => sourceOf(file.warehouse), {
    signal,
    checkKeys: false,
  });
  const table = model?.tables.get("shipments");
  expect(table?.baseColumns.map(({ name }) => name)).toContain("Parcels");
  const dimension = table?.table.dimensions.find(({ name }) => name === "parcels");
  expect(dimension?.plainColumn).toBe("Parcels");
  expect(dimension?.source).toMatchObject({ sql: { parts: [{ name: "Parcels" }], reads: ["Parcels"] } });
  expect(model?.linked.tables.get("shipments")).toBe(table?.table);
});

/** A table with these members; the first stands in line 5. */
function shipments(...lines: string[]): string {
  return [
    "tables:",
    "  - name: shipments",
    "    sql: SELECT * FROM shipments",
    "    dimensions:",
    ...lines,
  ].join("\n");
}
const id = "      - {name: id, type: number, column: id}";

test.each([
  [
    "base SQL that the warehouse refuses, and nothing of its members",
    "tables:\n  - name: t\n    sql: SELECT * FROM parcels\n    dimensions: [{name: a, type: string, column: a}]\n",
    [
      /^m\/tables\/t\.yml:2:11: the warehouse refuses the SQL of table "t": .*Table with name parcels does not exist/,
    ],
  ],
  [
    "each bad member among good ones",
    shipments(
      id,
      '      - {name: a, type: string, sql: "{TABLE}.nope"}',
      "      - {name: b, type: string, column: region}",
      "      - {name: c, type: number, sql: \"region + DATE '2024-01-01'\"}",
    ),
    [
      /^m\/tables\/t\.yml:6:38: the warehouse refuses dimension "a": .*nope/,
      /^m\/tables\/t\.yml:8:38: the warehouse refuses dimension "c": /,
    ],
  ],
  [
    "what reads a refused member is not refused again",
    shipments(
      id,
      '      - {name: a, type: number, sql: "{TABLE}.nope"}',
      "    measures:",
      '      - {name: m, type: sum, sql: "{a}"}',
    ),
    [/^m\/tables\/t\.yml:6:38: the warehouse refuses dimension "a": .*nope/],
  ],
  [
    "time over text",
    shipments("      - {name: a, type: time, column: region}"),
    [
      /^m\/tables\/t\.yml:5:39: dimension "a" is declared as time, and the warehouse yields text \(VARCHAR\)$/,
    ],
  ],
  [
    "number over text in a measure",
    shipments(id, "    measures:", '      - {name: m, type: number, sql: "max(region)"}'),
    [
      /^m\/tables\/t\.yml:7:38: measure "m" is declared as number, and the warehouse yields text \(VARCHAR\)$/,
    ],
  ],
  [
    "a segment that is no condition",
    shipments(id, "    segments:", "      - {name: s, sql: weight}"),
    [/^m\/tables\/t\.yml:7:24: segment "s" must be a condition, and the warehouse yields DECIMAL\(10,2\)$/],
  ],
  [
    "a filter that is no condition",
    shipments(id, "    measures:", "      - {name: m, type: count, filters: [{sql: Parcels}]}"),
    [
      /^m\/tables\/t\.yml:7:48: a filter of measure "m" must be a condition, and the warehouse yields BIGINT$/,
    ],
  ],
  [
    "a raw aggregate that does not aggregate",
    shipments(id, "    measures:", '      - {name: m, type: number, sql: "weight * 2"}'),
    [/^m\/tables\/t\.yml:7:38: the warehouse refuses measure "m": .*GROUP BY/],
  ],
  [
    "a join on a column that is not there",
    `tables:
  - name: shipments
    sql: SELECT * FROM shipments
    joins: [{name: carriers, relationship: many_to_one, sql: "{TABLE}.carrier = {carriers}.id"}]
    dimensions: [{name: id, type: number, column: id, primary_key: true}]
${carriers}`,
    [/^m\/tables\/t\.yml:4:62: the warehouse refuses the join from "shipments" to "carriers": .*carrier/],
  ],
])("%s", async (_, text, problems) => {
  expect(await problemsOf(text)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
});

test("a primary key that is null or not unique is a problem with the number of rows", async () => {
  const text = shipments("      - {name: id, type: number, column: id, primary_key: true}");
  expect(await problemsOf(text, true)).toEqual([
    'm/tables/t.yml:5:16: the primary key "id" of "shipments" is null in 1 row',
    'm/tables/t.yml:5:16: the primary key "id" of "shipments" is not unique: 2 rows have a key that another row has too',
  ]);
});

test("a composite key is one key", async () => {
  const text = `tables:
  - name: shipments
    sql: SELECT * FROM shipments WHERE id IS NOT NULL
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: region, type: string, column: region, primary_key: true}
`;
  expect(await problemsOf(text, true)).toEqual([]);
});

test("asks once per table for base columns, rows and groups while all is well", async () => {
  const asked: string[] = [];
  const counting: Warehouse = {
    ...file.warehouse,
    describe: (sql, abort) => {
      asked.push(sql);
      return file.warehouse.describe(sql, abort);
    },
  };
  await typeModel(await link(good), () => sourceOf(counting), { signal, checkKeys: false });
  expect(asked).toHaveLength(2 * 3);
});

test("offline, types are those that are declared", async () => {
  const types = typesOf(typeModelOffline(await link(good)), "shipments");
  expect(types).toMatchObject({
    id: "numeric",
    sent: "timestamp without time zone",
    late: "boolean",
    tags: "text",
    n: "bigint",
    total: "numeric",
    names: "text",
  });
});
