import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Expression, Query, SecuredScan, SecuredScanEntry } from "../../../src/query/query.ts";
import { oids } from "../../../src/query/type-oids.ts";
import { type DuckDbFile, makeDuckDbFile, rowsOf } from "../warehouse/duckdb-file.ts";
import { column, columns, from, plainScan, query, rendering, scanEntry, target, text } from "./plans.ts";

let file: DuckDbFile;

beforeAll(async () => {
  file = await makeDuckDbFile([
    "CREATE TABLE orders AS SELECT * FROM (VALUES (1, 'Ann', 10.50, true), (2, 'Bob', 20.00, false), (3, NULL, 5.25, true)) t(id, customer, amount, paid)",
    "CREATE TABLE people AS SELECT * FROM (VALUES ('Ann', 'north'), ('Bob', 'south')) t(name, zone)",
  ]);
});

afterAll(() => file?.remove());

async function run(plan: Query) {
  const { sql, columnTypes } = rendering(plan);
  return rowsOf(file.warehouse, sql, columnTypes);
}

describe("a secured scan", () => {
  test("yields its outputs in the analysed types, past a comment in the base SQL", async () => {
    const plan = query({
      from: [from(scanEntry(plainScan))],
      targets: [1, 2, 3].map((place) => target(column(2, place, columns[place - 1]?.type ?? 0))),
      orderBy: [{ target: 0, descending: false, nullsFirst: false }],
    });
    expect(await run(plan)).toEqual([
      [1, "Ann", "10.50"],
      [2, "Bob", "20.00"],
      [3, null, "5.25"],
    ]);
  });

  test("applies forced segments to raw columns and shows masked ones outside", async () => {
    const scan: SecuredScan = {
      ...plainScan,
      inner: [
        { name: "id", expression: { kind: "sql", sql: [{ alias: "orders", column: "id" }] } },
        {
          name: "customer",
          expression: {
            kind: "md5",
            argument: { kind: "sql", sql: [{ alias: "orders", column: "customer" }] },
          },
        },
        {
          name: "amount",
          expression: { kind: "nullOf", type: oids.numeric, modifier: columns[2]?.modifier ?? -1 },
        },
      ],
      forced: [["lower(", { alias: "orders", column: "customer" }, ") = 'ann' -- mine"]],
    };
    const plan = query({
      from: [from(scanEntry(scan))],
      targets: [1, 2, 3].map((place) => target(column(2, place, columns[place - 1]?.type ?? 0))),
    });
    expect(await run(plan)).toEqual([
      [
        1,
        "4f5fc32c8a8a829c1c1a7ac4a7d34e7d".length === 32 ? expect.stringMatching(/^[0-9a-f]{32}$/) : "",
        null,
      ],
    ]);
  });

  test("reads through joins, redacts, and writes cases, conjunctions and literals", async () => {
    const scan: SecuredScan = {
      ...plainScan,
      joins: [
        {
          alias: "people",
          scan: {
            ...plainScan,
            table: "people",
            baseSql: "SELECT * FROM people",
            alias: "people",
            outputs: [
              { name: "name", expression: { kind: "sql", sql: [{ alias: "people", column: "name" }] } },
              { name: "zone", expression: { kind: "sql", sql: [{ alias: "people", column: "zone" }] } },
            ],
          },
          on: [{ alias: "orders", column: "customer" }, " = ", { alias: "people", column: "name" }],
        },
      ],
      outputs: [
        { name: "id", expression: { kind: "sql", sql: [{ alias: "orders", column: "id" }] } },
        { name: "ID", expression: { kind: "redacted" } },
        {
          name: "zone",
          expression: {
            kind: "case",
            whens: [
              {
                when: [{ alias: "people", column: "zone" }, " = 'north'"],
                label: { kind: "literal", text: "it's north" },
              },
            ],
            elseLabel: { kind: "literal", text: "other" },
          },
        },
        {
          name: "both",
          expression: { kind: "all", conditions: [[{ alias: "orders", column: "paid" }], ["true or true"]] },
        },
        { name: "presence", expression: { kind: "true" } },
      ],
    };
    const types = [oids.int4, oids.text, oids.text, oids.bool, oids.bool];
    const entry: SecuredScanEntry = {
      ...scanEntry(scan),
      columns: types.map((type) => ({ name: "c", type, modifier: -1 })),
    };
    const plan = query({
      from: [from(entry)],
      targets: types.map((type, index) => target(column(2, index + 1, type))),
      orderBy: [{ target: 0, descending: false, nullsFirst: false }],
    });
    expect(await run(plan)).toEqual([
      [1, "--redact--", "it's north", true, true],
      [2, "--redact--", "other", false, true],
      [3, "--redact--", "other", true, true],
    ]);
  });
});

describe("the model's own SQL", () => {
  const aggregate = (parts: Partial<Extract<Expression, { kind: "ModelAggregate" }>>): Expression => ({
    kind: "ModelAggregate",
    aggregate: "sum",
    args: [column(2, 3, oids.numeric)],
    filter: undefined,
    measure: "orders.total",
    block: 1,
    type: oids.numeric,
    location: -1,
    ...parts,
  });

  test("aggregates in the warehouse's types and is brought to the analysed one in the result", async () => {
    const plan = query({
      from: [from(scanEntry(plainScan))],
      hasAggregates: true,
      targets: [
        target(aggregate({})),
        target(aggregate({ aggregate: "count", args: [], type: oids.int8 })),
        target(
          aggregate({
            aggregate: "count_distinct",
            args: [column(2, 1, oids.int4), column(2, 2, oids.text)],
            type: oids.int8,
          }),
        ),
        target({
          kind: "CastTo",
          arg: aggregate({ aggregate: "avg", type: oids.float8 }),
          type: oids.int4,
          modifier: -1,
          location: -1,
        }),
        target({
          kind: "ModelSql",
          parts: ["sum(", column(2, 1, oids.int4), ") / ", aggregate({}), " * 0 + 7"],
          member: "orders.ratio",
          type: oids.int4,
          location: -1,
        }),
      ],
    });
    expect(await run(plan)).toEqual([["35.75", 3, 2, 12, 7]]);
  });

  test("compares whatever may be NULL without losing rows", async () => {
    const entry = scanEntry(plainScan, 3);
    const plan = query({
      from: [
        {
          kind: "join",
          type: "inner",
          left: from(scanEntry(plainScan)),
          right: from(entry),
          on: {
            kind: "NotDistinct",
            left: column(2, 2, oids.text),
            right: column(3, 2, oids.text),
            type: oids.bool,
            location: -1,
          },
          location: -1,
        },
      ],
      targets: [target(column(3, 1, oids.int4))],
      orderBy: [{ target: 0, descending: true, nullsFirst: false }],
    });
    expect(await run(plan)).toEqual([[3], [2], [1]]);
  });
});

test("text inside quotes, names and comments of the model never ends early", () => {
  const nasty = `a'b"c--d/*e`;
  const scan: SecuredScan = {
    ...plainScan,
    outputs: [{ name: nasty, expression: { kind: "literal", text: nasty } }],
  };
  const plan = query({
    from: [from({ ...scanEntry(scan), columns: [{ name: nasty, type: oids.text, modifier: -1 }] })],
    targets: [target(column(2, 1, oids.text)), target(text(nasty))],
    limit: { kind: "Const", type: oids.int8, modifier: -1, value: 1n, location: -1 },
  });
  return expect(run(plan)).resolves.toEqual([[nasty, nasty]]);
});
