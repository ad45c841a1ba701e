// analyse(render(tree)) = tree for the PostgreSQL dialect, over the statements of all suites. In a session at UTC and
// ISO, where nothing of the session is written into the text.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { visibleModelDdl } from "../../../src/postgres/visible-model-ddl.ts";
import { readGolden } from "../../support/golden-file.ts";
import { type LensName, lensDdl } from "../../support/lens-ddl.ts";
import { type LensFixture, LensFixtures } from "../../support/lens-fixture.ts";
import { shopFiles, shopSetUp } from "../../support/shop-lens.ts";
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
import { analysedText, expectRoundTrips, withoutMeasures } from "./expect-round-trips.ts";
import { nameRelations } from "./round-trip.ts";

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

const golden = fileURLToPath(new URL("../../golden", import.meta.url));

const goldenFolders = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name);

function goldenQueries(folder: string): readonly string[] {
  return readdirSync(join(golden, folder)).flatMap((file) =>
    readGolden(readFileSync(join(golden, folder, file), "utf8"))
      .sections.filter(({ kind }) => kind === "query")
      .map(({ text }) => text),
  );
}

/** The query that is asked, explained or given a cursor; undefined for any other statement. */
function queryOf(sql: string): string | undefined {
  const query = sql
    .replace(/^\s*(explain\s*(\([^)]*\)|analyze|verbose)?|declare\b.*?\bcursor\b.*?\bfor\b)/is, "")
    .trim();
  const isQuery = /^(select|with|values|table)\b/i.test(query) && !/\binto\s+["\w]/i.test(query);
  return isQuery ? withoutMeasures(query) : undefined;
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
      await expectRoundTrips(
        trees,
        texts.flatMap((sql) => queryOf(sql) ?? []),
      ),
    ).toBeGreaterThanOrEqual(least);
  });
});

describe("statements of the golden files over their lens", () => {
  let trees: DumpSource;
  let fixtures: LensFixtures;
  let lens: LensFixture;

  beforeAll(async () => {
    fixtures = await LensFixtures.open();
    lens = await fixtures.lens({ files: shopFiles, setUp: shopSetUp });
    trees = await openDumpSource(visibleModelDdl(lens.user("analyst").visible));
    await nameRelations(trees);
  });

  afterAll(async () => {
    await trees?.database.close();
    await lens?.close();
    await fixtures?.close();
  });

  test.each(goldenFolders)("%s", async (folder) => {
    // Examples of what no dialect prints.
    const refusals = folder === "errors" ? [/ is not supported on tables of this lens$/] : [];
    const texts: string[] = [];
    for (const sql of goldenQueries(folder)) {
      const text = await analysedText(lens.user("analyst"), sql);
      if (text !== undefined) texts.push(text);
    }
    expect(await expectRoundTrips(trees, texts, refusals)).toBeGreaterThan(texts.length / 2);
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
    expect(await expectRoundTrips(trees, texts)).toBeGreaterThan(texts.length / 2);
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
      expect(await expectRoundTrips(trees, texts)).toBeGreaterThan(texts.length / 2);
    },
  );
});
