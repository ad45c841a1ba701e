// Frames of windows over times with a zone: days are those of the session's calendar, which no engine is told.
import { afterAll, beforeAll, expect, test } from "vitest";
import { engineNames, type Oracle, openOracle } from "./oracle.ts";
import { utc } from "./postgres-server.ts";

let oracle: Oracle;

beforeAll(async () => {
  oracle = await openOracle({ ...utc, timeZone: "Europe/Paris" });
});

afterAll(() => oracle?.close());

/** The night on which summer time begins: its day has 23 hours. */
const times = "(values ('2024-03-30 12:00+01'::timestamptz), ('2024-03-31 12:30+02'), (null)) v(t)";
const counted = (frame: string) =>
  `select count(*) over (order by t range between interval '${frame}' preceding and current row) from ${times} order by t`;

test.each(engineNames)("%s: a frame in hours has the rows that PostgreSQL counts", async (engine) => {
  const sql = counted("24 hours");
  const { rows } = (await oracle.postgres(sql)) as { rows: unknown };
  expect(await oracle.warehouse(engine, sql)).toMatchObject({ kind: "rows", rows });
});

test.each(engineNames)("%s: a frame in days is refused", async (engine) => {
  for (const frame of ["1 day", "1 month", "1 day 1 hour"]) {
    expect(await oracle.warehouse(engine, counted(frame))).toMatchObject({
      kind: "error",
      sqlstate: "0A000",
    });
  }
});
