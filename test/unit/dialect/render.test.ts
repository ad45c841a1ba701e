// The printer by itself: what it refuses, and its parameters.
import { describe, expect, test } from "vitest";
import type { Expression, Query } from "../../../src/query/query.ts";
import { oids } from "../../../src/query/type-oids.ts";
import {
  column,
  columns,
  from,
  plainScan,
  query,
  refusalOf,
  rendering,
  scanEntry,
  target,
  text,
} from "./plans.ts";

describe("a relation that policy did not secure", () => {
  const base = { id: 2, name: "orders", columns, lateral: false } as const;

  test("is never printed when it is a catalog relation", () => {
    const plan = query({
      from: [from({ ...base, kind: "relation", relationOid: 16400 })],
      targets: [target(column(2, 1, oids.int4))],
    });
    expect(() => rendering(plan)).toThrow("unsecured");
  });

  test("is never printed when it is a lens scan, however deep", () => {
    const inner = query({
      id: 5,
      from: [
        from({
          ...base,
          kind: "lensScan",
          table: "orders",
          outputs: [{ kind: "dimension", name: "id" }],
          filters: [],
        }),
      ],
      targets: [target(text("x"))],
    });
    const link = { kind: "SubLink", link: "exists", tests: [], combine: "and", query: inner } as const;
    const plan = query({ targets: [target({ ...link, type: oids.bool, location: -1 })] });
    expect(() => rendering(plan)).toThrow("unsecured");
  });
});

describe("parameters", () => {
  const parameter = (number: number, type: number): Expression => ({
    kind: "Param",
    number,
    type,
    location: -1,
  });

  test("keep one place however often they are used, and say which they are", () => {
    const { sql, parameters } = rendering(
      query({
        targets: [parameter(2, oids.text), parameter(1, oids.int4), parameter(2, oids.text)].map((item) =>
          target(item),
        ),
      }),
    );
    expect(parameters).toEqual([
      { number: 2, type: oids.text },
      { number: 1, type: oids.int4 },
    ]);
    expect(sql).toBe(
      "SELECT CAST($1 AS VARCHAR) AS c1, CAST($2 AS INTEGER) AS c2, CAST($1 AS VARCHAR) AS c3",
    );
  });

  test("that the engine binds have numbers of their own", () => {
    const { parameters } = rendering(
      query({
        targets: [
          target({
            kind: "SqlValueFunction",
            operation: "current_user",
            type: oids.name,
            modifier: -1,
            location: -1,
          }),
          target({
            kind: "SqlValueFunction",
            operation: "current_date",
            type: oids.date,
            modifier: -1,
            location: -1,
          }),
        ],
      }),
    );
    expect(parameters).toEqual([
      { number: -1, type: oids.text },
      { number: 0, type: oids.timestamptz },
    ]);
  });

  test("that are numerics keep the digits they are bound with", () => {
    expect(rendering(query({ targets: [target(parameter(1, oids.numeric))] })).sql).toBe("SELECT $1 AS c1");
  });
});

describe("what is not offered", () => {
  const call = (oid: number): Query =>
    query({
      targets: [
        target({
          kind: "FuncExpr",
          function: oid,
          args: [text("x")],
          format: "call",
          returnsSet: false,
          variadic: false,
          type: oids.text,
          location: 7,
        }),
      ],
    });

  test("is refused by name and place, with the nearest that is offered", () => {
    // casefold(text)
    const error = refusalOf(call(6412));
    expect(error.sqlstate).toBe("0A000");
    expect(error.message).toBe("function casefold is not offered on tables of a lens");
    expect(error.position).toBe(8);
  });

  test("is refused when nobody knows its name", () => {
    expect(refusalOf(call(987654)).message).toBe("this function is not offered on tables of a lens");
  });

  test("names its nearest neighbour", () => {
    // pg_read_file(text) has none; regexp_instr(text, text) has
    const error = refusalOf(call(6257));
    expect(error.message).toBe("function regexp_instr is not offered on tables of a lens");
    expect(error.hint).toBe(
      "The nearest that is offered is regexp_substr. Compute it in a dimension or measure of the model, in the warehouse's own SQL.",
    );
  });
});

test("a text without bounds is refused before it is built", () => {
  // Each level names its divisor twice.
  let nested: Expression = column(2, 3, oids.numeric);
  for (let depth = 0; depth < 60; depth += 1) {
    nested = {
      kind: "OpExpr",
      operator: 1761,
      args: [column(2, 3, oids.numeric), nested],
      type: oids.numeric,
      location: -1,
    };
  }
  const plan = query({ from: [from(scanEntry(plainScan))], targets: [target(nested)] });
  expect(refusalOf(plan).sqlstate).toBe("54001");
});

test("an expression that the warehouse would plan for minutes is refused", () => {
  const chain = (levels: number): Expression => {
    let nested: Expression = column(2, 1, oids.int4);
    for (let depth = 0; depth < levels; depth += 1) {
      const args = [nested, column(2, 1, oids.int4)];
      nested = { kind: "OpExpr", operator: 551, args, type: oids.int4, location: -1 };
    }
    return nested;
  };
  const plan = (levels: number) =>
    query({ from: [from(scanEntry(plainScan))], targets: [target(chain(levels))] });
  expect(() => rendering(plan(150))).not.toThrow();
  expect(refusalOf(plan(250)).sqlstate).toBe("54001");
});
