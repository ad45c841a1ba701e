// Reads the files of a model folder into their raw form: SQL texts, then every YAML file through Jinja and its shape.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import type { z } from "zod";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem } from "../problem.ts";
import { checkShape } from "../yaml-shape.ts";
import { readYaml, type YamlPart } from "../yaml-source.ts";
import {
  dimensionShape,
  fileShape,
  groupFileShape,
  groupShape,
  joinShape,
  measureShape,
  type Raw,
  type RawModel,
  type RawTableParts,
  type RawViewParts,
  segmentShape,
  tableShape,
  viewShape,
  viewTableShape,
} from "./raw-model.ts";
import { findSql, renderTemplate } from "./template.ts";

/** A file that is read: its path below the folder, with `/`, and its text. */
export interface ModelFile {
  readonly name: string;
  readonly text: string;
}

const groupFiles = ["user_groups.yml", "user_groups.yaml"];
const modelFolders = ["sqls", "tables", "views"];

/** Reads the files of a folder that belong to a model. An unreadable folder or file is a problem. */
export async function readModelFiles(folder: string, problems: Problem[]): Promise<readonly ModelFile[]> {
  const files: ModelFile[] = [];
  const top = await listFolder(folder);
  if (top === undefined) {
    problems.push(
      errorAt({ file: folder, line: 1, column: 1 }, "there is no such folder, or it cannot be read"),
    );
    return files;
  }
  const listed = top.filter((entry) => entry.isFile() && isYaml(entry.name)).map((entry) => entry.name);
  for (const sub of modelFolders) {
    const entries = (await listFolder(join(folder, sub), true)) ?? [];
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name).slice(folder.length).replaceAll("\\", "/");
      const wanted = sub === "sqls" ? extname(entry.name) === ".sql" : isYaml(entry.name);
      if (entry.isFile() && wanted) listed.push(path.replace(/^\/+/, ""));
    }
  }
  for (const name of listed.sort()) {
    try {
      files.push({ name, text: await readFile(join(folder, name), "utf8") });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? "unknown error";
      problems.push(
        errorAt({ file: join(folder, name), line: 1, column: 1 }, `the file cannot be read (${code})`),
      );
    }
  }
  return files;
}

async function listFolder(folder: string, recursive = false) {
  try {
    return await readdir(folder, { withFileTypes: true, recursive });
  } catch {
    return undefined;
  }
}

function isYaml(name: string): boolean {
  return extname(name) === ".yml" || extname(name) === ".yaml";
}

interface Reading {
  readonly folder: string;
  readonly sqls: ReadonlyMap<string, string>;
  readonly problems: Problem[];
  readonly tables: RawTableParts[];
  readonly views: RawViewParts[];
  incomplete: boolean;
}

/** The raw model of these files; everything wrong in them goes to `problems`. */
export function readRawModel(folder: string, files: readonly ModelFile[], problems: Problem[]): RawModel {
  const sqls = new Map<string, string>();
  for (const file of files) {
    if (file.name.endsWith(".sql")) sqls.set(file.name.slice("sqls/".length, -".sql".length), file.text);
  }
  const reading: Reading = { folder, sqls, problems, tables: [], views: [], incomplete: false };
  const yamlFiles = files.filter((file) => isYaml(file.name));
  for (const file of yamlFiles) {
    if (file.name.includes("/")) readMemberFile(reading, file);
    else if (!groupFiles.includes(file.name)) {
      const message = `this file is not read here${didYouMean(file.name, groupFiles)}`;
      problems.push(errorAt({ file: join(folder, file.name), line: 1, column: 1 }, message));
    }
  }
  const { groups, attributes } = readGroupFile(
    reading,
    yamlFiles.filter((file) => groupFiles.includes(file.name)),
  );
  const { tables, views, incomplete } = reading;
  if (tables.length === 0 && !incomplete && problems.length === 0) {
    problems.push(errorAt({ file: folder, line: 1, column: 1 }, "the model has no table"));
  }
  return { tables, views, groups, attributes, incomplete, version: hashOf(files) };
}

function hashOf(files: readonly ModelFile[]): string {
  const hash = createHash("sha256");
  for (const { name, text } of files) hash.update(JSON.stringify([name, text]));
  return hash.digest("hex");
}

function readFileParts(reading: Reading, file: ModelFile): YamlPart | undefined {
  const path = join(reading.folder, file.name);
  const rendered = renderTemplate(path, file.text, reading.sqls, reading.problems);
  const part = rendered && readYaml(rendered.text, rendered.placeOf, reading.problems);
  if (part === undefined) reading.incomplete = true;
  return part;
}

function readMemberFile(reading: Reading, file: ModelFile): void {
  const part = readFileParts(reading, file);
  if (part === undefined) return;
  const content = checkShape(part, fileShape, reading.problems);
  if (content === undefined) reading.incomplete = true;
  for (let i = 0; i < (content?.tables?.length ?? 0); i++) readTable(reading, part.part(["tables", i]));
  for (let i = 0; i < (content?.views?.length ?? 0); i++) readView(reading, part.part(["views", i]));
}

function readTable(reading: Reading, part: YamlPart): void {
  const value = checkShape(part, tableShape, reading.problems);
  if (value === undefined) {
    reading.incomplete = true;
    return;
  }
  const broken = new Set<string>();
  const list = <T>(key: "joins" | "dimensions" | "measures" | "segments", shape: z.ZodType<T>): Raw<T>[] =>
    readItems(part, key, value[key]?.length ?? 0, shape, reading.problems, broken);
  const parts = {
    joins: list("joins", joinShape),
    dimensions: list("dimensions", dimensionShape),
    measures: list("measures", measureShape),
    segments: list("segments", segmentShape),
  };
  const sql = resolveSql(reading, part, value.sql);
  reading.tables.push({ table: { value: { ...value, sql }, part }, ...parts, broken });
}

/** `load_sql('x')` without braces, and a quoted text that a template put into a block scalar. */
function resolveSql(reading: Reading, part: YamlPart, sql: string): string {
  const call = /^\s*load_sql\(\s*(['"])(.*)\1\s*\)\s*$/.exec(sql);
  if (call !== null) {
    try {
      return findSql(call[2] ?? "", reading.sqls);
    } catch (error) {
      reading.problems.push(errorAt(part.place(["sql"]), (error as Error).message));
    }
  }
  if (part.quoted(["sql"]) && /^\s*"[\s\S]*"\s*$/.test(sql)) {
    try {
      return String(JSON.parse(sql));
    } catch {
      return sql;
    }
  }
  return sql;
}

function readView(reading: Reading, part: YamlPart): void {
  const value = checkShape(part, viewShape, reading.problems);
  if (value === undefined) return;
  const tables = readItems(part, "tables", value.tables.length, viewTableShape, reading.problems, new Set());
  reading.views.push({ view: { value, part }, tables });
}

function readItems<T>(
  part: YamlPart,
  key: string,
  count: number,
  shape: z.ZodType<T>,
  problems: Problem[],
  broken: Set<string>,
): Raw<T>[] {
  const items: Raw<T>[] = [];
  for (let i = 0; i < count; i++) {
    const item = part.part([key, i]);
    const value = checkShape(item, shape, problems);
    if (value !== undefined) {
      items.push({ value, part: item });
      continue;
    }
    const { name } = (item.value ?? {}) as { name?: unknown };
    if (typeof name === "string") broken.add(name);
  }
  return items;
}

function readGroupFile(
  reading: Reading,
  files: readonly ModelFile[],
): Pick<RawModel, "groups" | "attributes"> {
  const [file, second] = files;
  if (file === undefined) return { groups: undefined, attributes: undefined };
  const { problems } = reading;
  if (second !== undefined) {
    const message = `there is also a file ${file.name}; keep one of the two`;
    problems.push(errorAt({ file: join(reading.folder, second.name), line: 1, column: 1 }, message));
  }
  const part = readFileParts(reading, file);
  const content = part && checkShape(part, groupFileShape, problems);
  if (part === undefined || content === undefined) return { groups: [], attributes: undefined };
  if (content.userGroups !== undefined && content.user_groups !== undefined) {
    problems.push(
      errorAt(part.keyPlace(["userGroups"]), 'the file has both "user_groups" and "userGroups"; keep one'),
    );
  }
  const key = content.user_groups === undefined ? "userGroups" : "user_groups";
  const count = content[key]?.length ?? 0;
  // A file that lets nobody in is more likely a mistake than a wish.
  if (count === 0)
    problems.push(errorAt(part.place(), 'the file has no group; expected a list under "user_groups"'));
  const groups = readItems(part, key, count, groupShape, problems, new Set());
  const { attributes } = content;
  return { groups, attributes: attributes && { value: attributes, part: part.part(["attributes"]) } };
}
