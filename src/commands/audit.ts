// `lenswire audit`: questions to the audit files, in SQL or as reports.
import { parseArgs } from "node:util";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { loadModel } from "../model/load-model.ts";
import { formatProblem, type Problem } from "../problem.ts";
import { type AuditAnswer, type AuditFilter, askAudit, type TextTable } from "./audit-database.ts";
import { type NamedModel, type Report, reports } from "./audit-reports.ts";
import type { CommandIo } from "./command-io.ts";
import { openAuditFiles } from "./open-audit-files.ts";
import { printRows, type RowsFormat } from "./print-rows.ts";
import { showFile } from "./show-file.ts";

const usage = `usage: lenswire audit --config FILE [--sql SQL | --report ${Object.keys(reports).join("|")}]
  [--user NAME] [--table TABLE] [--member TABLE.MEMBER] [--day YYYY-MM-DD | --since TIME] [--until TIME]
  [--limit N|all]
  [--format table|json|csv]
`;

const newestFirst = `SELECT time, event, "user", lens, "group", outcome, "rows", round(durationMs) AS ms, sql
  FROM audit ORDER BY time DESC`;

/** Records that are shown where nothing is asked for. */
const recordsShown = 1000;

interface AuditRequest {
  readonly config: string;
  readonly sql: string;
  readonly tablesOf: Report["tablesOf"];
  readonly filter: AuditFilter;
  readonly format: RowsFormat;
  /** Of the newest records; undefined for SQL and reports, which say themselves what they show. */
  readonly limit: number | undefined;
}

/** Exit code 0 with the rows on stdout, 1 with the error on stderr, 2 for arguments that make no sense. */
export async function runAudit(argv: readonly string[], io: CommandIo): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire audit: ${request}\n${usage}`);
    return 2;
  }
  const report = (problems: readonly Problem[]) => {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem, showFile)}\n`);
  };
  const { config, problems } = await loadConfig(request.config);
  report(problems);
  if (config === undefined) return 1;
  if (config.audit === undefined) {
    io.stderr.write("lenswire audit: the configuration has no section audit\n");
    return 1;
  }
  const tables = await tablesFor(request, config, report);
  if (tables === undefined) return 1;
  try {
    const answer = await answerOf(config.audit.file, request, tables);
    const { limit = answer.rows.length } = request;
    io.stdout.write(printRows({ ...answer, rows: answer.rows.slice(0, limit) }, request.format));
    if (answer.rows.length > limit)
      io.stderr.write(
        `lenswire audit: these are the newest ${limit} records; --limit N shows more, --limit all shows all\n`,
      );
    return 0;
  } catch (error) {
    io.stderr.write(`lenswire audit: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** With one row more than the limit, where there are more. */
async function answerOf(
  file: string,
  { filter, sql, limit }: AuditRequest,
  tables: readonly TextTable[],
): Promise<AuditAnswer> {
  const files = await openAuditFiles(file);
  try {
    const bounded = limit === undefined ? sql : `${sql} LIMIT ${limit + 1}`;
    return await askAudit(files.paths, { filter, tables, sql: bounded });
  } finally {
    await files.close();
  }
}

/** Undefined where a model cannot be read. */
async function tablesFor(
  { tablesOf }: AuditRequest,
  config: Config,
  report: (problems: readonly Problem[]) => void,
): Promise<readonly TextTable[] | undefined> {
  if (tablesOf === undefined) return [];
  const models: NamedModel[] = [];
  for (const { name, model: folder } of config.lenses) {
    const { model, problems } = await loadModel(folder);
    report(problems);
    if (model === undefined) return undefined;
    models.push({ lens: name, model });
  }
  return tablesOf(models);
}

const text = { type: "string" } as const;
const options = {
  ...{ config: text, sql: text, report: text, user: text, table: text, member: text },
  ...{ day: text, since: text, until: text, limit: text, format: text },
};

function readRequest(argv: readonly string[]): AuditRequest | string {
  let values: { readonly [name in keyof typeof options]?: string | undefined };
  try {
    values = parseArgs({ args: [...argv], options, strict: true }).values;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { config, sql, report, user, table, member, format = "table" } = values;
  if (config === undefined) return "--config is missing";
  if (sql?.trim() === "") return "--sql wants a SELECT";
  if (sql !== undefined && report !== undefined) return "--sql and --report exclude each other";
  const known = report !== undefined && Object.hasOwn(reports, report) ? reports[report] : undefined;
  if (report !== undefined && known === undefined) return `there is no report "${report}"`;
  if (member !== undefined && !/^[^.]+\.[^.]+$/.test(member)) return "--member wants TABLE.MEMBER";
  if (format !== "table" && format !== "json" && format !== "csv") return `there is no format "${format}"`;
  const limit = readLimit(values);
  if (typeof limit === "string") return limit;
  const period = readPeriod(values);
  if (typeof period === "string") return period;
  return {
    ...{ config, format, filter: { user, table, member, ...period } },
    sql: sql ?? known?.sql ?? newestFirst,
    tablesOf: known?.tablesOf,
    ...limit,
  };
}

function readLimit({
  sql,
  report,
  limit,
}: {
  readonly sql?: string | undefined;
  readonly report?: string | undefined;
  readonly limit?: string | undefined;
}): Pick<AuditRequest, "limit"> | string {
  const isOwn = sql !== undefined || report !== undefined;
  if (isOwn && limit !== undefined) return "--limit goes without --sql and --report";
  if (isOwn || limit === "all") return { limit: undefined };
  if (limit === undefined) return { limit: recordsShown };
  const isCount = /^[1-9]\d{0,8}$/.test(limit);
  return isCount ? { limit: Number(limit) } : "--limit wants a number from 1, or all";
}

const dayMs = 86_400_000;

function readPeriod(values: {
  readonly day?: string | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}): Pick<AuditFilter, "since" | "until"> | string {
  const { day, since, until } = values;
  if (day !== undefined) {
    if (since !== undefined || until !== undefined) return "--day goes without --since and --until";
    const start = instantOf(day);
    if (start === undefined || day.length !== "2026-11-25".length) return "--day wants a day like 2026-11-25";
    return { since: new Date(start).toISOString(), until: new Date(start + dayMs).toISOString() };
  }
  const [from, to] = [since, until].map((value) => (value === undefined ? undefined : instantOf(value)));
  const wanted = "wants a time like 2026-11-25 or 2026-11-25T12:00:00Z";
  if (since !== undefined && from === undefined) return `--since ${wanted}`;
  if (until !== undefined && to === undefined) return `--until ${wanted}`;
  if (from !== undefined && to !== undefined && from >= to) return "--since must be before --until";
  const iso = (instant: number | undefined) =>
    instant === undefined ? undefined : new Date(instant).toISOString();
  return { since: iso(from), until: iso(to) };
}

/** Milliseconds since 1970; in UTC where no zone is said. */
function instantOf(value: string): number | undefined {
  const match = /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(
    value,
  );
  if (match === null || (match[2] === undefined && match[3] !== undefined)) return undefined;
  const [, day = "", time = "T00:00", zone = "Z"] = match;
  // 30 February would be read as a day in March.
  const midnight = Date.parse(`${day}T00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const instant = Date.parse(`${day}${time}${zone}`);
  return Number.isNaN(instant) ? undefined : instant;
}
