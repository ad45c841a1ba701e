// No value of a hidden row or a masked cell leaves by any door: results, errors, hints, details, decisions, or whether
// a statement fails. The same statements run over data in which there is nothing to hide, and must answer alike.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { LensError } from "../../src/errors.ts";
import { type LensFixture, LensFixtures, type LensUser } from "../support/lens-fixture.ts";
import { leakAttempts } from "./leak-attempts.ts";

const canary = "CANARY";
const hiddenNumber = 770_077;

const model = `
tables:
  - name: clients
    sql: SELECT * FROM clients
    joins:
      - {name: visits, relationship: one_to_many, sql: "{TABLE.id} = {visits.client_id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: zone, type: string, column: zone}
      - {name: pan, type: string, column: pan, meta: {secure: {func: redact, user_groups: {includes: [reader]}}}}
      - {name: email, type: string, column: email, meta: {secure: {func: md5, user_groups: {includes: [reader]}}}}
      - {name: salary, type: number, column: salary, meta: {secure: {func: redact, user_groups: {includes: [reader]}}}}
      - {name: note, type: string, column: note}
      - {name: points, type: number, column: points}
    measures:
      - {name: clients_count, type: count}
      - {name: total_points, type: sum, sql: points}
      - {name: top_note, type: max, sql: note}
    segments:
      - {name: north, sql: "{TABLE}.zone = 'N'", meta: {secure: {user_groups: {includes: [reader]}}}}
      - {name: many_points, sql: "{TABLE}.points > 10"}
  - name: visits
    sql: SELECT * FROM visits
    joins:
      - {name: clients, relationship: many_to_one, sql: "{TABLE.client_id} = {clients.id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: client_id, type: number, column: client_id}
      - {name: place, type: string, column: place}
      - {name: length, type: number, column: length}
    measures:
      - {name: visits_count, type: count}
      - {name: total_length, type: sum, sql: length}
      - {name: last_place, type: max, sql: place}
    segments:
      - {name: of_north, sql: "{clients.zone} = 'N'", meta: {secure: {user_groups: {includes: [reader]}}}}
`;

const groups = `
user_groups:
  - {name: reader, includes: ["users:id:reader"]}
  - {name: default, includes: "*"}
`;

interface Row {
  readonly id: number;
  readonly zone: string;
  readonly points: number;
}

const clients: readonly Row[] = [
  { id: 1, zone: "N", points: 5 },
  { id: 2, zone: "S", points: hiddenNumber },
  { id: 3, zone: "N", points: 20 },
  { id: 4, zone: "S", points: hiddenNumber + 1 },
];

/** `hidden`: the data as it is; else as the policy leaves it. */
function setUp(hidden: boolean): string {
  const md5 = (text: string) => createHash("md5").update(text).digest("hex");
  const shown = clients.filter((row) => hidden || row.zone === "N");
  const clientRows = shown.map(({ id, zone, points }) => {
    const secret = `${canary} ${id}`;
    const note = zone === "N" ? `${id}` : secret;
    const cells = hidden ? [secret, secret, String(hiddenNumber)] : ["--redact--", md5(secret), null];
    return `(${id}, '${zone}', '${cells[0]}', '${cells[1]}', ${cells[2] ?? "NULL"}, '${note}', ${points})`;
  });
  const visitRows = shown.flatMap(({ id, zone }) =>
    [1, 2].map((turn) => {
      const place = zone === "N" ? `${turn}` : `${canary} place`;
      return `(${id * 10 + turn}, ${id}, '${place}', ${zone === "N" ? turn : hiddenNumber})`;
    }),
  );
  return `
    CREATE TABLE clients (id INTEGER, zone VARCHAR, pan VARCHAR, email VARCHAR, salary INTEGER, note VARCHAR, points INTEGER);
    INSERT INTO clients VALUES ${clientRows.join(", ")};
    CREATE TABLE visits (id INTEGER, client_id INTEGER, place VARCHAR, length INTEGER);
    INSERT INTO visits VALUES ${visitRows.join(", ")};`;
}

let fixtures: LensFixtures;
let whole: LensFixture;
let prepared: LensFixture;
beforeAll(async () => {
  fixtures = await LensFixtures.open();
  const files = { "tables/tables.yml": model, "user_groups.yml": groups };
  whole = await fixtures.lens({ files, setUp: setUp(true) });
  prepared = await fixtures.lens({ files, setUp: setUp(false) });
});
afterAll(async () => {
  await whole.close();
  await prepared.close();
  await fixtures.close();
});

test.each(leakAttempts)("%s", async (sql) => {
  const restricted = await outcome(whole.user("reader"), sql);
  const unrestricted = await outcome(prepared.user("anyone"), sql);
  expect(restricted).toEqual(unrestricted);
  expect(restricted).not.toMatch(new RegExp(`${canary}|${String(hiddenNumber).slice(0, 4)}`));
});

test("the canaries are there for a user who may see them", async () => {
  const { rows } = await whole.user("anyone").run("SELECT pan, points FROM clients WHERE id = 2");
  expect(rows).toEqual([[`${canary} 2`, hiddenNumber]]);
});

/** Everything that a client gets, as text: rows in any order, or the error with all its parts. */
async function outcome(user: LensUser, sql: string): Promise<string> {
  try {
    const { columns, rows } = await user.run(sql);
    const lines = rows.map((row) => row.map(String).join(" | ")).sort();
    return [columns.map(({ name, typeOid }) => `${name} ${typeOid}`).join(" | "), ...lines].join("\n");
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    const { sqlstate, message, detail, hint } = error;
    // The reference of a warehouse error is another one each time.
    return [sqlstate, message, detail, hint?.replace(/[0-9a-f]{12}/, "...")].join("\n");
  }
}
