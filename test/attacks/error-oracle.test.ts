// An error that only a hidden row can cause would tell that the row is there. Rows are many, so that the engine's own
// ideas about the order of conditions have room to unfold.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";

const filters: Readonly<Record<string, string>> = {
  plain: "{TABLE}.tenant = 'a'",
  negated: "NOT ({TABLE}.tenant <> 'a')",
  call: "upper({TABLE}.tenant) = 'A'",
  either: "{TABLE}.tenant = 'a' OR {TABLE}.tenant = 'z'",
  pattern: "{TABLE}.tenant LIKE 'a%'",
  regex: "regexp_matches({TABLE}.tenant, '^a$')",
  chosen: "CASE WHEN {TABLE}.tenant = 'a' THEN TRUE ELSE FALSE END",
  listed: "{TABLE}.tenant IN (SELECT code FROM tenants WHERE open)",
  exists: "EXISTS (SELECT 1 FROM tenants x WHERE x.code = {TABLE}.tenant AND x.open)",
  scalar: "{TABLE}.tenant = (SELECT min(code) FROM tenants WHERE open)",
  through: "{owners.tenant} = 'a'",
  throughCall: "length({owners.tenant}) = 1 AND {owners.tenant} < 'b'",
  late: "{TABLE}.id % 2 = 0 AND md5({TABLE}.tenant) = md5('a')",
};

const conditions = [
  "1 / divisor > 0",
  "digits::int > 0",
  "CASE WHEN code = 'h' THEN 1 / (id - id) ELSE 1 END = 1",
  "ln(divisor) >= 0",
  "sqrt(divisor - 1) >= 0",
  "(2000000000 + (1 - divisor) * 2000000000) > 0",
  "id = digits::int",
  "('2024-01-' || divisor)::date IS NOT NULL",
  "substr(digits, 1, divisor - 1) = ''",
  "digits ~ ('[' || left(code, divisor) || 'x]')",
];

const shapes = [
  (condition: string) => `SELECT count(*) FROM rows WHERE ${condition}`,
  (condition: string) => `SELECT id FROM rows WHERE ${condition} ORDER BY id LIMIT 3`,
  (condition: string) => `SELECT count(*) FILTER (WHERE ${condition}) FROM rows`,
  (condition: string) => `SELECT code, MEASURE(row_count) FROM rows WHERE ${condition} GROUP BY 1`,
  (condition: string) => `SELECT MEASURE(row_count) FILTER (WHERE ${condition}) FROM rows`,
  (condition: string) => `SELECT max((${condition})::int) FROM rows`,
  (condition: string) => `SELECT count(*) FROM (SELECT * FROM rows) x WHERE ${condition}`,
  (condition: string) =>
    `SELECT count(*) FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM rows) x WHERE ${condition}`,
  (condition: string) =>
    `SELECT count(*) FROM rows JOIN (VALUES (0), (1)) v (k) ON v.k <= divisor AND ${condition}`,
  (condition: string) =>
    `SELECT count(*) FROM rows LEFT JOIN owners o ON o.name = code WHERE ${condition.replaceAll(/\bid\b/g, "rows.id")}`,
  (condition: string) => `SELECT DISTINCT ${condition} FROM rows`,
  (condition: string) => `SELECT code FROM rows GROUP BY code HAVING bool_and(${condition})`,
  (condition: string) =>
    `WITH c AS MATERIALIZED (SELECT * FROM rows) SELECT count(*) FROM c WHERE ${condition}`,
  (condition: string) =>
    `SELECT id FROM rows WHERE id < 9 UNION ALL SELECT id FROM rows WHERE id < 9 AND ${condition}`,
];

const model = (filter: string) => `
tables:
  - name: owners
    sql: SELECT * FROM owners
    dimensions:
      - {name: name, type: string, column: name, primary_key: true}
      - {name: tenant, type: string, column: tenant, public: false}
  - name: rows
    sql: SELECT * FROM many
    joins: [{name: owners, relationship: many_to_one, sql: "{TABLE.owner} = {owners.name}"}]
    dimensions:
      - {name: id, type: number, sql: "{TABLE}.id", primary_key: true}
      - {name: owner, type: string, column: owner, public: false}
      - {name: code, type: string, column: code}
      - {name: divisor, type: number, column: divisor}
      - {name: digits, type: string, column: digits}
    measures: [{name: row_count, type: count}]
    segments: [{name: own, public: false, sql: "${filter}", meta: {secure: {user_groups: "*"}}}]
`;

/** Odd rows and all after the first 24,000 are hidden, and would fail whatever is computed over them. */
const setUp = `
CREATE TABLE tenants AS SELECT * FROM (VALUES ('a', true), ('b', false)) t(code, open);
CREATE TABLE owners AS SELECT * FROM (VALUES ('o1', 'a'), ('o2', 'b')) t(name, tenant);
CREATE TABLE many AS SELECT CAST(i AS INTEGER) AS id, h AS hidden,
  CASE WHEN h THEN 'b' ELSE 'a' END AS tenant, CASE WHEN h THEN 'o2' ELSE 'o1' END AS owner,
  CASE WHEN h THEN 'h' ELSE 'k' END AS code, CASE WHEN h THEN 0 ELSE 1 END AS divisor,
  CASE WHEN h THEN 'x' || i ELSE CAST(i AS VARCHAR) END AS digits
  FROM (SELECT i, (i % 2 = 1 OR i > 24000) AS h FROM range(0, 50000) t(i));
`;

describe("no error comes of a hidden row", () => {
  let server: AttackServer;
  const clients = new Map<string, AttackClient>();
  const wanted = new Map<string, Answer>();

  beforeAll(async () => {
    const names = Object.keys(filters);
    server = await startAttackServer({
      lenses: [
        ...names.map((name) => ({
          name,
          files: { "tables/t.yml": model(filters[name] ?? "") },
          setUp,
        })),
        {
          name: "prepared",
          files: { "tables/t.yml": model("TRUE") },
          setUp: `${setUp} DELETE FROM many WHERE hidden;`,
        },
        { name: "everything", files: { "tables/t.yml": model("TRUE") }, setUp },
      ],
      users: { reader: [] },
    });
    for (const name of [...names, "prepared", "everything"])
      clients.set(name, await server.connect("reader", name));
  });

  afterAll(async () => {
    for (const client of clients.values()) await client.end();
    await server?.stop();
  });

  async function preparedAnswer(sql: string): Promise<Answer | undefined> {
    const answer = wanted.get(sql) ?? (await clients.get("prepared")?.ask(sql));
    if (answer !== undefined) wanted.set(sql, answer);
    return answer;
  }

  it("and all rows together do cause errors", async () => {
    const caused = new Set<string>();
    for (const condition of conditions) {
      const answer = await clients.get("everything")?.ask(`SELECT count(*) FROM rows WHERE ${condition}`);
      if (answer !== undefined && "code" in answer) caused.add(condition);
    }
    expect(caused.size).toBeGreaterThan(conditions.length / 2);
  });

  it.each(Object.keys(filters))("under the filter %s", { timeout: 600_000 }, async (name) => {
    const differences: unknown[] = [];
    for (const condition of conditions)
      for (const shape of shapes) {
        const sql = shape(condition);
        const answer = await clients.get(name)?.ask(sql);
        if (JSON.stringify(sorted(answer)) !== JSON.stringify(sorted(await preparedAnswer(sql))))
          differences.push([sql, answer]);
      }
    expect(differences).toEqual([]);
  });
});

function sorted(answer: Answer | undefined): unknown {
  if (answer === undefined || !("rows" in answer)) return answer;
  return answer.rows.map((row) => JSON.stringify(row)).toSorted();
}
