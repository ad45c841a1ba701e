// The lineage of a statement's columns held against data: a base column that the lineage of a client's column does not
// name can be anything, and the client's column keeps its values. Random lenses, policies and statements.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LineageUse, StatementLineage } from "../../src/column-lineage.ts";
import { type LensFixture, LensFixtures, type LensResult, type LensUser } from "../support/lens-fixture.ts";
import { comparableRows } from "./compare.ts";
import { runStatement } from "./defined-rows.ts";
import { type Draw, drawOf } from "./draw.ts";
import type { Cell, DataRow, FuzzLens, FuzzTable } from "./fuzz-lens.ts";
import { modelFiles, setUpSql } from "./lens-text.ts";
import { drawSpec, makeLens } from "./random-lens.ts";
import { drawPolicy, sightOf } from "./random-policy.ts";
import { drawQuery } from "./random-query.ts";
import { assertDraws, overSuitedLenses, runsOf, seedOf } from "./runs.ts";
import { openSight } from "./sight.ts";

let fixtures: LensFixtures;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
});
afterAll(() => fixtures.close());

const seed = seedOf("column lineage");
/** Data that differs, for each lens. */
const changesPerLens = 3;
/** Columns of statements that were held against changed data, by whether their lineage names it. */
const compared = { unnamed: 0, changed: 0 };

test("what a column's lineage does not name never changes its values", { timeout: 600_000 }, async () => {
  const lenses = runsOf(10);
  await overSuitedLenses(lenses, async (place) => {
    const draw = drawOf(seed + place);
    const spec = drawSpec(draw);
    const open = makeLens(spec, openSight);
    const policy = draw.chance(50) ? drawPolicy(draw, spec) : undefined;
    const lens = policy === undefined ? open : makeLens(spec, sightOf(policy, spec));
    const files = modelFiles(open, policy);
    const user = policy?.group ?? "anyone";
    const opened: LensFixture[] = [];
    const usersOf = async (data: FuzzLens) => {
      const fixture = await fixtures.lens({ files, setUp: setUpSql(data) });
      opened.push(fixture);
      return fixture.user(user);
    };
    try {
      const before = await usersOf(open);
      const changes: Changed[] = [];
      for (let left = changesPerLens; left > 0; left--) {
        const { columns, lens: data } = drawChange(open, draw);
        changes.push({ columns, user: await usersOf(data) });
      }
      return await assertDraws((each) => checkStatement({ lens, before, changes }, each), {
        seed: seed + place,
        numRuns: 30,
      });
    } finally {
      for (const fixture of opened) await fixture.close();
    }
  });
  // Of a single lens it is chance how many there are.
  const some = lenses > 1 ? lenses * 10 : 0;
  expect(compared.unnamed).toBeGreaterThan(some);
  expect(compared.changed).toBeGreaterThan(some);
});

interface Changed {
  /** `table.column` */
  readonly columns: ReadonlySet<string>;
  readonly user: LensUser;
}

interface Case {
  readonly lens: FuzzLens;
  readonly before: LensUser;
  readonly changes: readonly Changed[];
}

async function checkStatement({ lens, before, changes }: Case, draw: Draw): Promise<void> {
  const { sql } = drawQuery(lens, draw);
  const first = await runStatement(lens, before, sql);
  const { lineage } = await before.compileSql(sql);
  expect(lineage.columns.map(({ name }) => name)).toEqual(first.columns.map(({ name }) => name));
  for (const change of changes) {
    const second = await runStatement(lens, change.user, sql);
    lineage.columns.forEach((column, place) => {
      const [was, is] = [valuesOf(first, place), valuesOf(second, place)];
      const named = baseColumns(lineage, [...column.direct, ...column.indirect, ...lineage.rows]);
      const isNamed = [...change.columns].some((changed) => named.has(changed) || named.has(starOf(changed)));
      if (!isNamed) {
        compared.unnamed += 1;
        const what = `${sql}\ncolumn ${column.name}, changed: ${[...change.columns].join(", ")}`;
        expect(is, what).toEqual(was);
      } else if (JSON.stringify(was) !== JSON.stringify(is)) compared.changed += 1;
    });
  }
}

const starOf = (column: string) => `${column.split(".")[0]}.*`;

function valuesOf({ columns, rows }: LensResult, place: number): string[] {
  return comparableRows({
    columns: columns.slice(place, place + 1),
    rows: rows.map((row) => row.slice(place, place + 1)),
  });
}

function baseColumns({ members }: StatementLineage, uses: readonly LineageUse[]): ReadonlySet<string> {
  const columnsOf = new Map(members.map(({ member, columns }) => [member, columns]));
  return new Set(
    uses.flatMap(({ member, column }) =>
      column === undefined ? (columnsOf.get(member ?? "") ?? []) : [column],
    ),
  );
}

/** Other data in some columns of each table; keys stay keys. */
function drawChange(lens: FuzzLens, draw: Draw): { columns: ReadonlySet<string>; lens: FuzzLens } {
  const percent = draw.pick([10, 30, 60]);
  const columns = new Set<string>();
  const tables = [...lens.tables.values()].map((table): [string, FuzzTable] => {
    let changed = table;
    for (const { name } of draw.some(
      table.columns.filter((column) => canChange(table, column.name)),
      percent,
    )) {
      columns.add(`${table.name}.${name}`);
      changed = {
        ...changed,
        rows: isKey(name) ? rotated(changed.rows, name) : redrawn(changed, name, draw),
      };
    }
    return [table.name, changed];
  });
  return { columns, lens: { ...lens, tables: new Map(tables) } };
}

const isKey = (name: string) => /(?:^|_)id2?$/.test(name);

/** A part of a composite key cannot change by itself. */
function canChange({ columns }: FuzzTable, name: string): boolean {
  if (name.endsWith("id2")) return false;
  return !(isKey(name) && columns.some((other) => other.name === `${name}2`));
}

/** The same values in other rows. */
function rotated(rows: readonly DataRow[], name: string): DataRow[] {
  return rows.map((row, at) => ({ ...row, [name]: rows[(at + 1) % rows.length]?.[name] ?? null }));
}

function redrawn({ rows, columns }: FuzzTable, name: string, draw: Draw): DataRow[] {
  const isText = columns.find((column) => column.name === name)?.type === "text";
  const values: readonly Cell[] = isText ? ["p", "q", "r", null] : [0, 1, 2, 3, null];
  return rows.map((row) => ({ ...row, [name]: draw.pick(values) }));
}
