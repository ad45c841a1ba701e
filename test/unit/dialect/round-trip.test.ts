// analyse(render(tree)) = tree for the PostgreSQL dialect, over the statements of all suites. In a session at UTC and
// ISO, where nothing of the session is written into the text.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LensName, lensDdl } from "../../support/lens-ddl.ts";
import { readSltFile } from "../../support/slt-file.ts";
import { type DumpSource, openDumpSource } from "../query/analysed-dump.ts";
import { basicCases } from "./cases/basic-cases.ts";
import { castCases } from "./cases/cast-cases.ts";
import { numberCases } from "./cases/number-cases.ts";
import { postgresCases } from "./cases/postgres-cases.ts";
import { sets, statements } from "./cases/statement-cases.ts";
import { textCases } from "./cases/text-cases.ts";
import { timeCases } from "./cases/time-cases.ts";
import type { Case } from "./compare.ts";
import { nameRelations, roundTrip } from "./round-trip.ts";

const results = fileURLToPath(new URL("../../results", import.meta.url));

const lenses: Readonly<Record<LensName, string>> = {
  demo: results,
  retail: join(results, "retail"),
  members: join(results, "members"),
};

function suites(folder: string): readonly (readonly [string, readonly string[]])[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".slt"))
    .map((name) => [name, readSltFile(readFileSync(join(folder, name), "utf8"), name).map(({ sql }) => sql)]);
}

/** The query that is asked or explained; undefined for any other statement. */
function queryOf(sql: string): string | undefined {
  const query = sql.replace(/^\s*explain\s*(\([^)]*\)|analyze|verbose)?/i, "").trim();
  const isQuery = /^(select|with|values|table)\b/i.test(query) && !/\binto\s+temp/i.test(query);
  return isQuery ? withoutMeasures(query) : undefined;
}

/** A measure is some value of its rows to PostgreSQL. */
function withoutMeasures(sql: string): string {
  return sql.replace(/\b(measure|agg|aggregate)\s*\(/gi, "any_value(");
}

/** What is not printed for PostgreSQL either, or not as it stands. */
const expectedRefusals = [
  /offered on tables of a lens/,
  /^a whole row as a value is/,
  /^a value of the session is bound$/,
  /^a key determines a column/,
  /must not be negative$/,
  /^the relation is PostgreSQL's$/,
];

/** Fails for a tree that comes back as another; yields how many came back. */
async function countEqual(trees: DumpSource, texts: readonly string[]): Promise<number> {
  let count = 0;
  for (const sql of texts) {
    const trip = await roundTrip(trees, sql);
    if (trip.kind === "refused" && !expectedRefusals.some((pattern) => pattern.test(trip.reason))) {
      throw new Error(`${trip.reason}: ${sql}`);
    }
    if (trip.kind !== "printed") continue;
    expect(trip.after, `${sql}\n--\n${trip.sql}`).toEqual(trip.before);
    count += 1;
  }
  return count;
}

describe.each(Object.entries(lenses))("statements over the lens %s", (name, folder) => {
  let trees: DumpSource;

  beforeAll(async () => {
    trees = await openDumpSource(await lensDdl(name as LensName));
    await nameRelations(trees);
  });

  afterAll(() => trees?.database.close());

  test.each(suites(folder))("%s", async (suite, texts) => {
    // All of that suite's values are bound.
    const least = suite === "session-functions.slt" ? 0 : 1;
    expect(
      await countEqual(
        trees,
        texts.flatMap((sql) => queryOf(sql) ?? []),
      ),
    ).toBeGreaterThanOrEqual(least);
  });
});

describe("statements without tables", () => {
  let trees: DumpSource;

  beforeAll(async () => {
    trees = await openDumpSource("set timezone = 'UTC'");
  });

  afterAll(() => trees?.database.close());

  test("whole statements", async () => {
    const texts = statements.map((statement) =>
      Object.entries(sets).reduce(
        (text, [name, rows]) => text.replaceAll(name, () => rows),
        statement.startsWith("~") ? statement.slice(1) : statement,
      ),
    );
    expect(await countEqual(trees, texts)).toBeGreaterThan(texts.length / 2);
  });

  test.each(Object.entries({ basicCases, textCases, numberCases, castCases, timeCases, postgresCases }))(
    "%s",
    async (_, cases: readonly Case[]) => {
      // AT LOCAL is printed as the cast that it is: PostgreSQL before 17 has no function of it.
      const printed = cases.filter(({ expression }) => !expression.includes("at local"));
      const texts = printed.map(({ expression, types }) => {
        const values = types.map((type) => `null::${type}`).join(", ");
        return types.length === 0
          ? `select ${expression}`
          : `select ${expression} from (values (${values})) v(${["a", "b", "c"].slice(0, types.length).join(", ")})`;
      });
      expect(await countEqual(trees, texts)).toBeGreaterThan(texts.length / 2);
    },
  );
});
