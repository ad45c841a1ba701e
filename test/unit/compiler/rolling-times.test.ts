// Which dimensions of a table are times that a rolling measure can belong to.
import { afterAll, beforeAll, expect, test } from "vitest";
import { LensError } from "../../../src/errors.ts";
import { type LensFixture, LensFixtures } from "../../support/lens-fixture.ts";

const model = `
tables:
  - name: visits
    sql: SELECT * FROM visits
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: day, type: time, column: day}
      - {name: opens, type: time, column: opens}
      - {name: stay, type: time, column: stay}
    measures:
      - {name: guests, type: sum, sql: guests, rolling_window: {trailing: 2 day}}
  - name: stays
    sql: SELECT *, day AS left_on FROM visits
    dimensions:
      - {name: stay_id, type: number, column: id, primary_key: true}
      - {name: came, type: time, column: day}
      - {name: went, type: time, column: left_on}
      - {name: hidden, type: time, column: left_on, public: false}
    measures:
      - {name: stayed, type: count, rolling_window: {trailing: unbounded}}
`;

const setUp = `
CREATE TABLE visits (id INTEGER, day DATE, opens TIME, stay INTERVAL, guests INTEGER);
INSERT INTO visits VALUES
  (1, '2024-01-01', '09:00', INTERVAL 1 HOUR, 1), (2, '2024-01-02', '09:00', INTERVAL 2 HOUR, 10),
  (3, '2024-01-03', '10:00', INTERVAL 1 HOUR, 100), (4, '2024-01-09', '10:00', INTERVAL 1 HOUR, 1000);
`;

let fixtures: LensFixtures;
let lens: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  lens = await fixtures.lens({ files: { "tables/t.yml": model }, setUp });
});
afterAll(async () => {
  await lens?.close();
  await fixtures?.close();
});

async function rows(sql: string): Promise<string[]> {
  const result = await lens.user("anyone").run(sql);
  return result.rows.map((row) => row.map(String).join(" ")).sort();
}

test("a time of day and an interval are no periods, but keys like any other", async () => {
  expect(await rows("SELECT guests FROM visits WHERE day <= '2024-01-03'")).toEqual(["110"]);
  expect(await rows("SELECT opens::text, guests FROM visits WHERE day <= '2024-01-03'")).toEqual([
    "09:00:00 10",
    "10:00:00 100",
  ]);
});

test("a date is a day, and bounds of dates bound days", async () => {
  const days = "SELECT day - date '2024-01-01', guests FROM (SELECT day, MEASURE(guests) FROM visits";
  expect(await rows(`${days} WHERE day BETWEEN '2024-01-02' AND '2024-01-04' GROUP BY day) x`)).toEqual([
    "1 11",
    "2 110",
    "3 100",
  ]);
  expect(await rows(`${days} WHERE day > '2024-01-03' AND day < '2024-01-10' GROUP BY day) x`)).toEqual([
    "3 100",
    "4 null",
    "5 null",
    "6 null",
    "7 null",
    "8 1000",
  ]);
});

test("a table of several times has no period of its own, and the hint names those that can be seen", async () => {
  const error = await rows("SELECT MEASURE(stayed) FROM stays").catch((failure: unknown) => failure);
  if (!(error instanceof LensError)) throw new Error("not refused");
  const hint = "Group by one of came, went or by date_trunc() of it.";
  expect([error.sqlstate, error.hint]).toEqual(["42803", hint]);
  expect(await rows("SELECT MEASURE(stayed) FROM stays GROUP BY went")).toEqual(["1", "2", "3", "4"]);
});
