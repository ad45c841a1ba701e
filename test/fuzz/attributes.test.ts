// Random attributes over random rows: a row filter keeps the rows that a comparison written in this language keeps, for
// each user of one group, in both warehouses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type AttributeScalar,
  type Attributes,
  type AttributeValue,
  readAttributes,
} from "../../src/attributes.ts";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";
import type { Draw } from "./draw.ts";
import { assertDraws, runsOf, seedOf } from "./runs.ts";

/** What somebody might hope to get past a quote with, and what texts are made of elsewhere. */
const texts = [
  ...[
    "",
    "a",
    "A",
    " a",
    "NULL",
    "{user.tag}",
    "{tag}",
    "$1",
    "{}",
    '{"a","b"}',
    "a,b",
    "\\",
    "\\'",
    "'",
    "''",
    '"',
    "%",
  ],
  ...[
    "') OR ('1'='1",
    "; SELECT 1 --",
    "/*",
    "*/",
    "--",
    "\n",
    "\t",
    "ä",
    "a\u0308",
    "東京",
    "🏔️",
    "\u202e",
    "x".repeat(4096),
  ],
];
const numbers = [0, 1, -1, 2.5, 0.1, 1e-6, 9007199254740991, -9007199254740991, 123456.789012];
const days = ["0001-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "9999-12-31"];

interface Row {
  readonly id: number;
  readonly tag: string | null;
  readonly amount: number | null;
  readonly flag: boolean | null;
  readonly day: string | null;
}

/** Each value and NULL, in no two rows with the same others. */
const rows: readonly Row[] = [...texts, null].map((tag, id) => ({
  id,
  tag,
  amount: [...numbers, null][id % (numbers.length + 1)] ?? null,
  flag: [true, false, null][id % 3] ?? null,
  day: [...days, null][id % (days.length + 1)] ?? null,
}));

const columns = ["tag", "amount", "flag", "day"] as const;
type Column = (typeof columns)[number];
const values: Readonly<Record<Column, readonly AttributeScalar[]>> = {
  tag: texts,
  amount: numbers,
  flag: [true, false],
  day: days,
};

const literal = (value: AttributeScalar | null, column: Column): string => {
  if (value === null) return "NULL";
  if (typeof value !== "string") return String(value);
  return `${column === "day" ? "DATE " : ""}'${value.replaceAll("'", "''")}'`;
};

const setUp = `CREATE TABLE items (id INTEGER, tag VARCHAR, amount DECIMAL(24, 6), flag BOOLEAN, day DATE);
INSERT INTO items VALUES ${rows
  .map((row) => `(${row.id}, ${columns.map((column) => literal(row[column], column)).join(", ")})`)
  .join(", ")}`;

/** `=` and `<>` take one value, the others the list. */
const operators = {
  equal: "= {user.one}",
  other: "<> {user.one}",
  among: "IN ({user.many})",
  beyond: "NOT IN ({user.many})",
};
type Operator = keyof typeof operators;
const operatorNames = Object.keys(operators) as readonly Operator[];

/** Those over texts hold for a group of their own, the others where a statement asks for them: an instance for each. */
const filters = columns.flatMap((column) =>
  operatorNames.map((operator) => ({
    column,
    operator,
    segment: `${column}_${operator}`,
    group: column === "tag" ? operator : "reader",
  })),
);

const files = {
  "tables/items.yml": [
    "tables:",
    "  - name: items",
    "    sql: SELECT * FROM items",
    "    dimensions:",
    "      - {name: id, type: number, column: id, primary_key: true}",
    "      - {name: tag, type: string, column: tag}",
    "    segments:",
    ...filters.map(({ column, operator, segment, group }) => {
      const sql = `${column} ${operators[operator].replace("user.", `user.${column}_`)}`;
      const secure = group === "reader" ? "" : `, meta: {secure: {user_groups: [${group}]}}`;
      return `      - {name: ${segment}, sql: "${sql}"${secure}}`;
    }),
  ].join("\n"),
  "user_groups.yml": [
    "attributes:",
    ...columns.flatMap((column) => {
      const type = { tag: "string", amount: "number", flag: "boolean", day: "date" }[column];
      return [`  ${column}_one: ${type}`, `  ${column}_many: ${type}`];
    }),
    "user_groups:",
    ...[...operatorNames, "reader"].map((group) => `  - {name: ${group}}`),
  ].join("\n"),
};

/** SQL's answer, unknown taken for false: as WHERE takes it. */
function keeps(
  row: Row,
  column: Column,
  operator: Operator,
  one: AttributeScalar,
  many: readonly AttributeScalar[],
) {
  const value = row[column];
  if (operator === "beyond" && many.length === 0) return true;
  if (value === null) return false;
  if (operator === "equal") return value === one;
  if (operator === "other") return value !== one;
  return many.includes(value) === (operator === "among");
}

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

const kinds: readonly WarehouseKind[] = ["duckdb", "postgres"];
describe.each(kinds)("in %s", (warehouse) => {
  let lens: LensFixture;
  beforeAll(async () => {
    lens = await fixtures.lens({ files, setUp, warehouse });
  });
  afterAll(() => lens.close());

  async function idsFor(
    { group, segment }: (typeof filters)[number],
    attributes: Attributes,
  ): Promise<readonly number[]> {
    const asked = group === "reader" ? ` WHERE ${segment}` : "";
    const answer = await lens.user("somebody", [group], attributes).run(`SELECT id FROM items${asked}`);
    return answer.rows.map(([id]) => Number(id)).sort((one, other) => one - other);
  }

  async function checkDraw(draw: Draw): Promise<void> {
    const filter = draw.pick(filters);
    const { column, operator } = filter;
    const one = draw.pick(values[column]);
    const many = Array.from({ length: draw.upTo(4) }, () => draw.pick(values[column]));
    const given: Readonly<Record<string, AttributeValue>> = {
      [`${column}_one`]: one,
      [`${column}_many`]: many,
    };
    const attributes = readAttributes(Object.keys(given), (name) => given[name]);
    const expected = rows.filter((row) => keeps(row, column, operator, one, many)).map(({ id }) => id);
    expect(await idsFor(filter, attributes)).toEqual(expected);
  }

  test("a filter keeps what the comparison keeps", async () => {
    const ran = await assertDraws(checkDraw, {
      seed: seedOf(`attributes in ${warehouse}`),
      numRuns: runsOf(120),
    });
    expect(ran).toBeGreaterThan(0);
  });

  test("each value finds the rows that hold it, and no others", async () => {
    for (const filter of filters.filter(({ operator }) => operator === "equal"))
      for (const value of values[filter.column]) {
        const given = readAttributes([`${filter.column}_one`], () => value);
        const holders = rows.filter((row) => row[filter.column] === value).map(({ id }) => id);
        expect(await idsFor(filter, given)).toEqual(holders);
      }
  });
});
