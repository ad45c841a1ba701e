// Renders the Jinja of a model file and remembers which place of the file each character came from.
import nunjucks from "nunjucks";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem } from "../problem.ts";
import { type PlaceOfOffset, placesOfText } from "../yaml-source.ts";
import { findUndefinedNames } from "./template-names.ts";

export interface RenderedFile {
  readonly text: string;
  readonly placeOf: PlaceOfOffset;
}

/** Names that templates can use without declaring them; beside those of nunjucks itself. */
const ownGlobals = ["load_sql"];
const jinjaGlobals = ["range", "cycler", "joiner", "loop", "caller", "true", "false", "none"];

/** The marks: private-use characters that no model file has a reason to hold. */
const markStart = "\ue000";
const markEnd = "\ue001";

/** Renders `text`; undefined after a problem. `sqls` holds the texts that `load_sql` knows by name. */
export function renderTemplate(
  file: string,
  text: string,
  sqls: ReadonlyMap<string, string>,
  problems: Problem[],
): RenderedFile | undefined {
  const placeOf = placesOfText(file, text);
  if (!/\{[{%#]/.test(text)) return { text, placeOf };
  const found: Problem[] = [];
  const globals = [...ownGlobals, ...jinjaGlobals];
  for (const name of findUndefinedNames(text, globals)) {
    const message = `"${name.name}" is not defined${didYouMean(name.name, [...name.declared, ...ownGlobals])}`;
    found.push(errorAt({ file, line: name.line, column: name.column }, message));
  }
  const rendered = found.length > 0 ? undefined : render(file, text, sqls, found);
  problems.push(...found);
  if (rendered === undefined) return undefined;
  const origins = text.includes(markStart)
    ? undefined
    : traceOrigins(rendered, render(file, markText(text), sqls, []));
  if (origins === undefined) return { text: rendered, placeOf: sameLine(rendered, file, text) };
  return { text: rendered, placeOf: (offset) => placeOf(origins(offset)) };
}

function render(
  file: string,
  text: string,
  sqls: ReadonlyMap<string, string>,
  problems: Problem[],
): string | undefined {
  const environment = new nunjucks.Environment(null, {
    autoescape: false,
    throwOnUndefined: true,
    dev: true,
  });
  environment.addGlobal("load_sql", (name: unknown) => quoteSql(name, sqls));
  try {
    return environment.renderString(text, {});
  } catch (error) {
    problems.push(templateProblem(file, text, error as TemplateFault));
    return undefined;
  }
}

/** A JSON string is also a YAML scalar, on one line whatever the SQL holds. */
function quoteSql(name: unknown, sqls: ReadonlyMap<string, string>): string {
  return JSON.stringify(findSql(String(name), sqls));
}

/** The text of `sqls/NAME.sql`. Throws an Error that names the nearest where there is none. */
export function findSql(name: string, sqls: ReadonlyMap<string, string>): string {
  const text = sqls.get(name) ?? sqls.get(name.replace(/\.sql$/, ""));
  if (text === undefined) throw new Error(`no file sqls/${name}.sql${didYouMean(name, sqls.keys())}`);
  return text;
}

/** What nunjucks throws; its type definitions leave the place out. */
interface TemplateFault extends Error {
  readonly lineno?: number;
  readonly colno?: number;
}

/** nunjucks counts lines from 1 in what it finds itself, and from 0 in what a called function throws. */
function templateProblem(file: string, text: string, fault: TemplateFault): Problem {
  const message = fault.message.replace(/^\((?:[^)]*)\)(?: \[Line[^\]]*\])?\s*/, "").trim();
  const said = message.replace(/^\w*Error: /, "");
  const base = said === message ? 0 : 1;
  // Without a place it is the end of the file that came too early.
  if (fault.lineno === undefined) return errorAt(placesOfText(file, text)(text.trimEnd().length), said);
  return errorAt({ file, line: fault.lineno + base, column: (fault.colno ?? 0) + base }, said);
}

/**
 * The template with a mark before each stretch of plain text and before each `{{`. White space that a `-` next to a
 * tag takes away is left without marks, which would keep it.
 */
function markText(text: string): string {
  let marked = "";
  let at = 0;
  let trimNext = false;
  for (const tag of tagsOf(text)) {
    marked += markLiteral(text, at, tag.start, trimNext, tag);
    marked += text.slice(tag.start, tag.end);
    trimNext = text.charAt(tag.end - 3) === "-";
    at = tag.end;
  }
  return marked + markLiteral(text, at, text.length, trimNext, undefined);
}

function markLiteral(
  text: string,
  start: number,
  end: number,
  trimStart: boolean,
  tag: Tag | undefined,
): string {
  const literal = text.slice(start, end);
  const lead = trimStart ? literal.length - literal.trimStart().length : 0;
  const body = literal.slice(lead);
  const trims = tag !== undefined && text.charAt(tag.start + 2) === "-";
  const kept = trims ? body.trimEnd() : body;
  const output = tag?.output === true ? mark(tag.start, "e") : "";
  return literal.slice(0, lead) + mark(start + lead, "l") + kept + output + body.slice(kept.length);
}

function mark(offset: number, kind: "l" | "e"): string {
  return `${markStart}${kind}${offset}${markEnd}`;
}

interface Tag {
  readonly start: number;
  readonly end: number;
  readonly output: boolean;
}

const tagPattern =
  /\{\{(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!\}\})[\s\S])*\}\}|\{%(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?!%\})[\s\S])*%\}|\{#[\s\S]*?#\}/g;

function* tagsOf(text: string): Generator<Tag> {
  let rawUntil = 0;
  for (const match of text.matchAll(tagPattern)) {
    const end = match.index + match[0].length;
    if (match.index < rawUntil) continue;
    const raw = /^\{%-?\s*(raw|verbatim)\b/.exec(match[0])?.[1];
    if (raw !== undefined) {
      const close = new RegExp(`\\{%-?\\s*end${raw}\\b`).exec(text.slice(end));
      rawUntil = close === null ? text.length : end + close.index;
    }
    yield { start: match.index, end, output: match[0].startsWith("{{") };
  }
}

/** Where each character of the rendered text stood in the template; undefined if marking changed the text. */
function traceOrigins(
  rendered: string,
  marked: string | undefined,
): ((offset: number) => number) | undefined {
  if (marked === undefined) return undefined;
  const stretches: { at: number; origin: number; literal: boolean }[] = [];
  let length = 0;
  let last = 0;
  for (const match of marked.matchAll(/\ue000([le])(\d+)\ue001/g)) {
    length += match.index - last;
    last = match.index + match[0].length;
    stretches.push({ at: length, origin: Number(match[2]), literal: match[1] === "l" });
  }
  if (marked.replace(/\ue000[le]\d+\ue001/g, "") !== rendered) return undefined;
  return (offset) => {
    const stretch = stretches.findLast((candidate) => candidate.at <= offset);
    if (stretch === undefined) return 0;
    return stretch.literal ? stretch.origin + offset - stretch.at : stretch.origin;
  };
}

/** The nearest thing to a place when the origins are not known: the line of the same number. */
function sameLine(rendered: string, file: string, text: string): PlaceOfOffset {
  const places = placesOfText(file, rendered);
  const lines = text.split("\n").length;
  return (offset) => {
    const place = places(offset);
    return { ...place, line: Math.min(place.line, lines) };
  };
}
