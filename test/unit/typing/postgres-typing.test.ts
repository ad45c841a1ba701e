// Types and keys asked of a PostgreSQL warehouse.
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatDataType } from "../../../src/data-type.ts";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { loadModelFiles } from "../../../src/model/load-model.ts";
import type { TypedModel } from "../../../src/model/model.ts";
import { formatProblem } from "../../../src/problem.ts";
import { typeModel } from "../../../src/typing/type-model.ts";
import { type PostgresSource, startPostgresSource } from "../warehouse/postgres-source.ts";

let source: PostgresSource;
beforeAll(async () => {
  source = await startPostgresSource([
    "CREATE TYPE mood AS ENUM ('good', 'bad')",
    "CREATE DOMAIN weight AS numeric(10,2) CHECK (VALUE > 0)",
    `CREATE TABLE shipments (id int4, region varchar(10), "Weight" weight, parcels int8, sent timestamptz, day date,
       late boolean, tags text[], code uuid, carrier_id int4, feeling mood, ratio float8, price money, address inet,
       details jsonb, fixed char(4), took interval)`,
    `INSERT INTO shipments (id, region, carrier_id) VALUES (1, 'n', 1), (2, 'n', 1), (2, 's', 1), (NULL, 's', 2)`,
    "CREATE TABLE carriers (id int4, name text)",
    "INSERT INTO carriers VALUES (1, 'x'), (2, 'y')",
  ]);
});
afterAll(() => source.stop());

const start = `
tables:
  - name: carriers
    sql: SELECT * FROM carriers
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
    measures:
      - {name: carriers_known, type: count}
  - name: shipments
    sql: SELECT * FROM shipments
    joins:
      - {name: carriers, relationship: many_to_one, sql: "{shipments.carrier_id} = {carriers.id}"}
    dimensions:
`;

async function typed(
  members: string,
  checkKeys = false,
): Promise<{ readonly problems: readonly string[]; readonly model: TypedModel | undefined }> {
  const linked = await loadModelFiles("m", [{ name: "tables/t.yml", text: start + members }]);
  expect(linked.problems.map((problem) => formatProblem(problem))).toEqual([]);
  if (linked.model === undefined) throw new Error("no model");
  const { signal } = new AbortController();
  const answer = await typeModel(
    linked.model,
    () => ({ warehouse: source.warehouse, dialect: postgresDialect }),
    {
      signal,
      checkKeys,
    },
  );
  const problems = answer.problems.map((problem) =>
    formatProblem(problem).replace(/^.*?yml:(\d+):\d+: /, "$1: "),
  );
  return { problems, model: answer.model };
}

const key = "      - {name: id, type: number, column: id, primary_key: true}\n";

test("members have the types that PostgreSQL yields", async () => {
  const { model, problems } = await typed(`${key}
      - {name: carrier_id, type: number, column: carrier_id}
      - {name: region, type: string, column: REGION}
      - {name: weight, type: number, sql: "{TABLE}.weight"}
      - {name: heavy, type: boolean, sql: '"Weight" > 10'}
      - {name: parcels, type: number, sql: "{TABLE}.Parcels"}
      - {name: sent, type: time, column: sent}
      - {name: day, type: time, column: day}
      - {name: took, type: time, column: took}
      - {name: late, type: boolean, column: late}
      - {name: feeling, type: string, column: feeling}
      - {name: price, type: string, column: price}
      - {name: address, type: string, column: address}
      - {name: details, type: string, sql: "details ->> 'a'"}
      - {name: fixed, type: string, column: fixed}
    measures:
      - {name: shipped, type: count}
      - {name: total, type: sum, sql: parcels}
      - {name: heaviest, type: max, sql: '{TABLE}."Weight"'}
      - {name: ratio, type: avg, sql: ratio}
      - {name: last_feeling, type: max, sql: feeling}
      - {name: share, type: number, sql: "{total} * 1.0 / NULLIF({shipped}, 0)"}
`);
  expect(problems).toEqual([]);
  const table = model?.tables.get("shipments");
  const types = [...(table?.dimensionTypes ?? []), ...(table?.measureTypes ?? [])];
  expect(Object.fromEntries(types.map(([name, type]) => [name, formatDataType(type)]))).toEqual({
    id: "integer",
    carrier_id: "integer",
    region: "text",
    weight: "numeric(10,2)",
    heavy: "boolean",
    parcels: "bigint",
    sent: "timestamp with time zone",
    day: "date",
    took: "interval",
    late: "boolean",
    feeling: "text",
    price: "text",
    address: "text",
    details: "text",
    fixed: "text",
    shipped: "bigint",
    total: "numeric",
    heaviest: "numeric",
    ratio: "double precision",
    last_feeling: "text",
    share: "numeric",
  });
  const plain = table?.table.dimensions.map(({ plainColumn }) => plainColumn);
  expect(plain).toEqual(expect.arrayContaining(["region", "Weight", "parcels"]));
});

test("what PostgreSQL refuses, and what clients have no type for, is told at its place", async () => {
  const { problems } = await typed(`${key}
      - {name: carrier_id, type: number, column: carrier_id}
      - {name: price, type: number, column: price}
      - {name: address, type: number, column: address}
      - {name: region, type: number, column: region}
      - {name: mistake, type: string, sql: "uper(region)"}
      - {name: folded, type: number, sql: "Weight + 1"}
    measures:
      - {name: dearest, type: max, sql: price}
      - {name: no_sum, type: sum, sql: region}
    segments:
      - {name: odd, sql: "id % 2"}
`);
  expect(problems).toEqual([
    '17: dimension "price" is declared as number, and the warehouse yields money',
    '18: dimension "address" is declared as number, and the warehouse yields inet',
    '19: dimension "region" is declared as number, and the warehouse yields text (character varying)',
    '20: the warehouse refuses dimension "mistake": function uper(character varying) does not exist',
    '21: the warehouse refuses dimension "folded": column "weight" does not exist',
    '23: measure "dearest" yields money, which clients have no type for',
    '24: the warehouse refuses measure "no_sum": function sum(character varying) does not exist',
    '26: segment "odd" must be a condition, and the warehouse yields integer',
  ]);
});

test("primary keys are looked at in the data", async () => {
  const { problems } = await typed(
    `${key}\n      - {name: carrier_id, type: number, column: carrier_id}\n    measures: [{name: n, type: count}]\n`,
    true,
  );
  expect(problems).toEqual([
    '14: the primary key "id" of "shipments" is null in 1 row',
    '14: the primary key "id" of "shipments" is not unique: 2 rows have a key that another row has too',
  ]);
});

test("columns that differ in nothing but case are refused: what is read has to be certain", async () => {
  await source.admin(`CREATE TABLE twice (id int4, "Email" text, email text)`);
  const linked = await loadModelFiles("m", [
    {
      name: "tables/t.yml",
      text: `
tables:
  - name: twice
    sql: SELECT * FROM twice
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: email, type: string, sql: "{TABLE}.Email"}
`,
    },
  ]);
  if (linked.model === undefined) throw new Error("no model");
  const { signal } = new AbortController();
  const twice = { warehouse: source.warehouse, dialect: postgresDialect };
  const { model, problems } = await typeModel(linked.model, () => twice, { signal, checkKeys: false });
  expect(model).toBeUndefined();
  expect(problems.map((problem) => problem.message)).toEqual([
    'the columns "Email" and "email" of table "twice" differ in nothing but case; call one of them something else in its SQL',
  ]);
});
