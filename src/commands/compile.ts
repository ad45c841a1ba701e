// `lenswire compile`: what the warehouse would run for a user's statement, without running it.
import { parseArgs } from "node:util";
import { createAnalyse } from "../analysis/analyse.ts";
import { systemClock } from "../clock.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { describePlan } from "../engine/describe-plan.ts";
import type { Lens } from "../engine/lens.ts";
import type { LensStatementPlan } from "../engine/plan-lens-statement.ts";
import { planOne } from "../engine/plan-one.ts";
import { LensError } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { openLenses } from "../open-lenses.ts";
import { openCatalogInstances } from "../postgres/catalog-instances.ts";
import { formatProblem, type Problem } from "../problem.ts";
import type { CommandIo } from "./command-io.ts";
import { findUser } from "./find-user.ts";
import { showFile } from "./show-file.ts";

const usage = 'usage: lenswire compile --config FILE --user NAME [--lens NAME] [--json] "SQL"\n';

interface CompileRequest {
  readonly config: string;
  readonly user: string;
  readonly lens: string | undefined;
  readonly json: boolean;
  readonly sql: string;
}

/** Exit code 0 with the SQL on stdout, 1 with the client's error on stderr, 2 for arguments that make no sense. */
export async function runCompile(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire compile: ${request}\n${usage}`);
    return 2;
  }
  const report = (problems: readonly Problem[]) => {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem, showFile)}\n`);
  };
  const { config, problems } = await loadConfig(request.config);
  report(problems);
  if (config === undefined) return 1;
  const identity = await findUser(config, request.user, report);
  if (identity === undefined) {
    io.stderr.write(`lenswire compile: there is no user "${request.user}"\n`);
    return 1;
  }
  const { signal } = new AbortController();
  const opened = await openLenses(config, { emit: () => {}, signal });
  try {
    report(opened.problems);
    const lens = opened.lenses?.find(({ options }) =>
      request.lens === undefined ? true : options.databaseNames.includes(request.lens),
    );
    if (lens === undefined) {
      if (opened.lenses !== undefined)
        io.stderr.write(`lenswire compile: there is no lens "${request.lens}"\n`);
      return 1;
    }
    const plan = await planFor(lens, identity, request.sql, config, signal);
    io.stdout.write(
      `${request.json ? JSON.stringify(describePlan(plan), undefined, 2) : plan.rendered.sql}\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    io.stderr.write(`${errorText(error, request.sql)}\n`);
    return 1;
  } finally {
    for (const warehouse of opened.warehouses) await warehouse.close();
  }
}

async function planFor(
  lens: Lens,
  identity: Identity,
  text: string,
  config: Config,
  signal: AbortSignal,
): Promise<LensStatementPlan> {
  const visible = lens.visibleTo(identity);
  const instances = await openCatalogInstances({
    catalogInstancesMax: 1,
    catalogTimeoutMs: config.limits.catalogTimeoutMs,
    clock: systemClock,
    onFailure: () => {},
  });
  try {
    const analyse = createAnalyse(instances);
    return await planOne({ lens, visible, user: identity.user, sql: text, analyse, signal });
  } finally {
    await instances.close();
  }
}

/** As psql shows an error. */
function errorText(error: LensError, sql: string): string {
  const lines = [`ERROR:  ${error.sqlstate}: ${error.message}`];
  if (error.position !== undefined) {
    const before = Array.from(sql)
      .slice(0, error.position - 1)
      .join("");
    const lineStart = before.lastIndexOf("\n") + 1;
    const line = sql.slice(lineStart).split("\n", 1)[0] ?? "";
    const label = `LINE ${before.split("\n").length}: `;
    lines.push(label + line, `${" ".repeat(label.length + before.length - lineStart)}^`);
  }
  if (error.detail !== undefined) lines.push(`DETAIL:  ${error.detail}`);
  if (error.hint !== undefined) lines.push(`HINT:  ${error.hint}`);
  return lines.join("\n");
}

function readRequest(argv: readonly string[]): CompileRequest | string {
  try {
    const options = {
      config: { type: "string" },
      user: { type: "string" },
      lens: { type: "string" },
      json: { type: "boolean" },
    } as const;
    const { values, positionals } = parseArgs({
      args: [...argv],
      options,
      strict: true,
      allowPositionals: true,
    });
    const { config, user, lens, json } = values;
    const [sql, ...more] = positionals;
    if (config === undefined) return "--config is missing";
    if (user === undefined) return "--user is missing";
    if (sql === undefined || more.length > 0) return "one SQL statement is wanted";
    return { config, user, lens, json: json ?? false, sql };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
