// Loads a model that a test writes down and gives its problems as `check` prints them.
import { type LoadedModel, loadModelFiles } from "../../../src/model/load-model.ts";
import { formatProblem } from "../../../src/problem.ts";

/** Texts by path below the model folder. */
export type Files = Readonly<Record<string, string>>;

export function load(files: Files): Promise<LoadedModel> {
  const list = Object.entries(files).map(([name, text]) => ({ name, text }));
  return loadModelFiles("m", list);
}

export async function problemsOf(files: Files): Promise<string[]> {
  return (await load(files)).problems.map((problem) => formatProblem(problem));
}

/** Problems of one table file; the line and column are those of the text as it stands here. */
export function problemsIn(text: string): Promise<string[]> {
  return problemsOf({ "tables/t.yml": text });
}

/** A table file with these lines as members; its first member line is line 5. */
export function inTable(...lines: string[]): string {
  return ["tables:", "  - name: t", "    sql: SELECT * FROM raw", "    dimensions:", ...lines].join("\n");
}
/** A key dimension, for inTable. */
export const id = "      - {name: id, type: number, column: id, primary_key: true}";

/** Tables a, b ... with a key each and these joins, written `from>to:relationship`, and more lines for table a. */
export function joined(joins: string, ...more: string[]): string {
  const list = joins.split(" ").map((join) => /(\w)>(\w):(\w+)/.exec(join)?.slice(1) ?? []);
  const tables = [...new Set(list.flatMap(([from = "", to = ""]) => [from, to]))].sort();
  return ["tables:"]
    .concat(
      tables.flatMap((table) => [
        `  - {name: ${table}, sql: SELECT * FROM ${table},`,
        `     joins: [${list
          .filter(([from]) => from === table)
          .map(
            ([, to, relationship]) =>
              `{name: ${to}, relationship: ${relationship}, sql: "{TABLE}.k = {${to}}.k"}`,
          )
          .join(", ")}],`,
        `     ${table === "a" ? more.join("\n     ") : ""}`,
        `     ${table === "a" && more.length > 0 ? "" : "dimensions: [{name: id, type: number, column: id, primary_key: true}],"}`,
        `     segments: []}`,
      ]),
    )
    .join("\n");
}
