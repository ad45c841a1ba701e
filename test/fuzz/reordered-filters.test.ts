// An engine may run a reader's condition before the policy's, where it finds that cheaper: over many rows, conditions
// that fail on hidden values must not fail.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type LensFixture, LensFixtures } from "../support/lens-fixture.ts";

const rowCount = 200_000;
/** Every tenth row is hidden, and holds a text that is no number, and a zero. */
const shownCount = rowCount * 0.9;

const model = `
tables:
  - name: branches
    sql: SELECT * FROM branches
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, column: zone}
  - name: visits
    sql: SELECT * FROM visits
    joins:
      - {name: branches, relationship: many_to_one, sql: "{TABLE.branch_id} = {branches.id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: branch_id, type: number, column: branch_id}
      - {name: zone, type: string, column: zone}
      - {name: note, type: string, column: note}
      - {name: points, type: number, column: points}
    measures:
      - {name: visit_count, type: count}
    segments:
      - {name: own, sql: "{TABLE}.zone = 'N'", meta: {secure: {user_groups: {includes: [own]}}}}
      - {name: far, sql: "{branches.zone} = 'N'", meta: {secure: {user_groups: {includes: [far]}}}}
      - name: slow
        sql: "length(regexp_replace({TABLE}.zone, '(a+b*)+S', 'hidden', 'g')) < 2 and {TABLE}.zone <> 'S'"
        meta: {secure: {user_groups: {includes: [slow]}}}
      - {name: listed, sql: "{zone} IN ({group.zones})", meta: {secure: {user_groups: {includes: [listed]}}}}
      - {name: rest, sql: "{zone} NOT IN ({group.zones})", meta: {secure: {user_groups: {includes: [rest]}}}}
`;

const groups = `
user_groups:
  - {name: own, includes: ["users:id:own"]}
  - {name: far, includes: ["users:id:far"]}
  - {name: slow, includes: ["users:id:slow"]}
  - {name: listed, includes: ["users:id:listed"], attributes: {zones: [N, E, W]}}
  - {name: rest, includes: ["users:id:rest"], attributes: {zones: [S, E, W]}}
`;

const setUp = `
CREATE TABLE branches AS
  SELECT i AS id, CASE WHEN i % 10 = 0 THEN 'S' ELSE 'N' END AS zone FROM range(1000) t(i);
CREATE TABLE visits AS
  SELECT i AS id, i % 1000 AS branch_id, CASE WHEN i % 10 = 0 THEN 'S' ELSE 'N' END AS zone,
    CASE WHEN i % 10 = 0 THEN 'hidden' ELSE (i % 100)::VARCHAR END AS note,
    CASE WHEN i % 10 = 0 THEN 0 ELSE i END AS points
  FROM range(${rowCount}) t(i);`;

let fixtures: LensFixtures;
let lens: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  lens = await fixtures.lens({ files: { "tables/tables.yml": model, "user_groups.yml": groups }, setUp });
});
afterAll(async () => {
  await lens.close();
  await fixtures.close();
});

const statements = [
  "SELECT COUNT(*) FROM visits WHERE CAST(note AS integer) >= 0",
  "SELECT COUNT(*) FROM visits WHERE note <> 'x' AND CAST(note AS integer) >= 0 AND 1000000 / points >= 0",
  "SELECT MEASURE(visit_count) FROM visits WHERE 1000000 / points >= 0 AND id % 7 < 7",
  "SELECT COUNT(*) FROM (SELECT CAST(note AS integer) AS k FROM visits) t WHERE k >= 0",
  "SELECT COUNT(*) FROM visits v JOIN branches b ON v.branch_id = b.id WHERE CAST(v.note AS integer) >= 0",
  "SELECT SUM(n) FROM (SELECT CAST(note AS integer) AS k, COUNT(*) AS n FROM visits GROUP BY 1) t",
];

test.each(
  ["own", "far", "slow", "listed", "rest"].flatMap((user) => statements.map((sql) => [user, sql] as const)),
)("%s: %s", async (user, sql) => {
  const { rows } = await lens.user(user).run(sql);
  expect(rows.map((row) => row.map(Number))).toEqual([[shownCount]]);
});
