// The style as a test: what the type checker and Biome cannot see, held against the sources as text.
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { configShape, sourceShapes } from "../src/config/config-shape.ts";
import { sqlstates } from "../src/sqlstate.ts";
import {
  arrows,
  compositionFiles,
  compositionFolder,
  importOverrides,
  packageOwners,
} from "./support/folder-arrows.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (file: string) => readFileSync(join(root, file), "utf8");

function filesUnder(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => `${folder}/${name.replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts"))
    .sort();
}

const sources = filesUnder("src").map((file) => ({ file, text: read(file) }));
const tests = filesUnder("test").map((file) => ({ file, text: read(file) }));
const sourceFolders = readdirSync(join(root, "src"), { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

interface Import {
  readonly file: string;
  readonly specifier: string;
}

function importsOf({ file, text }: { readonly file: string; readonly text: string }): Import[] {
  const found = text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"([^"\n]+)"/g);
  return [...found].map((match) => ({ file, specifier: match[1] ?? "" }));
}

const imports = sources.flatMap(importsOf);

/** `wire` for src/wire/decode.ts, "" for a root file. */
const folderOf = (file: string) => (file.split("/").length > 2 ? (file.split("/")[1] ?? "") : "");

function breaksArrow({ file, specifier }: Import): boolean {
  if (!specifier.startsWith(".")) return false;
  const from = folderOf(file);
  if (from === compositionFolder || compositionFiles.includes(file.slice("src/".length))) return false;
  const target = normalize(join(dirname(file), specifier)).replaceAll("\\", "/");
  const to = folderOf(target);
  if (to === "") return compositionFiles.includes(target.slice("src/".length));
  if (to === from) return target.split("/").length > file.split("/").length && isDialect(file);
  const allowed = arrows[from] ?? [];
  return !allowed.includes(to) && !allowed.includes(target.slice("src/".length));
}

/** Dialects know the contract beside their folders, never each other. */
const isDialect = (file: string) => file.startsWith("src/dialect/") && file.split("/").length > 3;

function breaksPackage({ file, specifier }: Import): boolean {
  const owner = Object.entries(packageOwners).find(
    ([name]) => specifier === name || specifier.startsWith(`${name}/`),
  );
  const part = compositionFiles.includes(file.slice("src/".length)) ? compositionFolder : folderOf(file);
  return owner !== undefined && !owner[1].includes(part);
}

const show = ({ file, specifier }: Import) => `${file} imports ${specifier}`;

describe("the arrows between folders", () => {
  test("every folder of src has its arrows", () => {
    expect([...sourceFolders].sort()).toEqual([...Object.keys(arrows), compositionFolder].sort());
  });

  test("no import goes against them", () => {
    expect(imports.filter(breaksArrow).map(show)).toEqual([]);
  });

  test("a package is imported by its owner only", () => {
    expect(imports.filter(breaksPackage).map(show)).toEqual([]);
  });

  // When this fails, put what importOverrides() returns at the end of biome.json, one entry on a line.
  test("Biome enforces the same", () => {
    const { overrides } = JSON.parse(read("biome.json"));
    const text = JSON.stringify(importOverrides(), undefined, 2);
    expect(JSON.stringify(overrides.slice(-importOverrides().length), undefined, 2)).toBe(text);
  });
});

interface Ban {
  readonly what: RegExp;
  readonly except: (file: string) => boolean;
}

const nowhere = () => false;
const inFolders =
  (...folders: string[]) =>
  (file: string) =>
    folders.includes(folderOf(file));
const inFiles =
  (...files: string[]) =>
  (file: string) =>
    files.includes(file);

/** Of this file the patterns themselves are not looked at: it is left out of the tests below. */
const bans: Record<string, Ban> = {
  FIXME: { what: /\bFIXME\b/, except: nowhere },
  "as any": { what: /^(?!\s*(?:\/\/|\*)).*(?:\bas any\b|:\s*any\b|<any>)/, except: nowhere },
  "process.env outside config": { what: /process\.env/, except: inFolders("config") },
  "time outside clock.ts": {
    what: /Date\.now|new Date\(\)|performance\.now|process\.hrtime/,
    except: inFiles("src/clock.ts"),
  },
  console: { what: /\bconsole\./, except: inFolders("commands", "observe") },
  "stdout and stderr outside commands": {
    what: /process\.std(out|err)/,
    except: (file) => inFolders("commands", "observe")(file) || file === "src/main.ts",
  },
  "Math.random": { what: /Math\.random/, except: nowhere },
  "LensError made outside errors.ts": { what: /new LensError\(/, except: inFiles("src/errors.ts") },
};

function findBanned(files: typeof sources, { what, except }: Ban): string[] {
  return files
    .filter(({ file }) => !except(file))
    .flatMap(({ file, text }) =>
      text
        .split("\n")
        .flatMap((line, index) => (what.test(line) ? [`${file}:${index + 1}: ${line.trim()}`] : [])),
    );
}

describe("words that do not occur", () => {
  test.each(Object.entries(bans))("%s", (_name, ban) => {
    expect(findBanned(sources, ban)).toEqual([]);
  });

  test("tests that run alone, are left out, or wait for a while", () => {
    const what = /\b(?:test|it|describe)(?:\.\w+)*\.(?:only|todo)\b|\bsleep\(/;
    const others = tests.filter(({ file }) => file !== "test/tidy.test.ts");
    expect(findBanned(others, { what, except: nowhere })).toEqual([]);
  });

  test("lensError outside the files of errors", () => {
    const except = (file: string) => file === "src/errors.ts" || file.endsWith("-errors.ts");
    expect(findBanned(sources, { what: /\blensError\(/, except })).toEqual([]);
  });
});

describe("files", () => {
  test("each source file says first what it is in charge of", () => {
    const silent = sources.filter(({ text }) => !/^(?:#!.*\n)?\/\/ \S/.test(text));
    expect(silent.map(({ file }) => file)).toEqual([]);
  });

  test("none has a name that says nothing", () => {
    const vague = /(?:^|[/-])(?:utils?|helpers?|common|misc|manager|handler|service|processor|index)\.ts$/;
    expect([...sources, ...tests].map(({ file }) => file).filter((file) => vague.test(file))).toEqual([]);
  });

  test("none that is committed is larger than 100 kB", () => {
    const listed = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
    const large = listed.filter(
      (file) => file !== "" && existsSync(join(root, file)) && statSync(join(root, file)).size > 100_000,
    );
    expect(large).toEqual(["package-lock.json"]);
  });
});

interface JsonSchema {
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly items?: JsonSchema;
  readonly default?: unknown;
}

/** Milliseconds are written as durations: every key whose default is one has such a name. */
function spellDefault(key: string, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!/(timeout|skew|cache|lease)$/i.test(key)) return String(value);
  const seconds = Number(value) / 1000;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
}

function defaultsOf(prefix: string, schema: JsonSchema): [string, string | undefined][] {
  if (schema.items !== undefined) return defaultsOf(`${prefix}[]`, schema.items);
  if (schema.properties === undefined) return [[prefix, spellDefault(prefix, schema.default)]];
  return Object.entries(schema.properties).flatMap(([key, part]) =>
    defaultsOf(prefix === "" ? key : `${prefix}.${key}`, part),
  );
}

describe("what the documents promise", () => {
  test("the code map of ARCHITECTURE.md has a paragraph for every folder", () => {
    const text = read("ARCHITECTURE.md");
    expect(sourceFolders.filter((folder) => !text.includes(`\n**\`${folder}/\`**`))).toEqual([]);
  });

  test("ARCHITECTURE.md stays short enough to be read, its log of decisions apart", () => {
    const [map = ""] = read("ARCHITECTURE.md").split("\n## Decisions\n");
    expect(map.split("\n").length).toBeLessThanOrEqual(250);
  });

  test("CONTRIBUTING.md says of every dependency what it saves, and each has one exact version", () => {
    const { dependencies, devDependencies } = JSON.parse(read("package.json"));
    const all: Readonly<Record<string, string>> = { ...dependencies, ...devDependencies };
    const text = read("CONTRIBUTING.md");
    const isNamed = (name: string) => text.includes(`\`${name.startsWith("@types/") ? "@types/*" : name}\``);
    expect(Object.keys(all).filter((name) => !isNamed(name))).toEqual([]);
    expect(Object.values(all).filter((version) => !/^\d/.test(version))).toEqual([]);
  });

  test("the changelog begins with what is not released", () => {
    expect(/^## .*$/m.exec(read("CHANGELOG.md"))?.[0]).toBe("## Unreleased");
  });

  test("every SQLSTATE of sqlstate.ts is raised somewhere", () => {
    const text = sources.filter(({ file }) => file !== "src/sqlstate.ts").map((source) => source.text);
    const all = text.join("\n");
    expect(Object.keys(sqlstates).filter((name) => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([]);
  });

  test("the README lists every key of the configuration with its default, and no other", () => {
    const sources = Object.values(sourceShapes).flatMap((shape) =>
      defaultsOf("sources[]", z.toJSONSchema(shape, { unrepresentable: "any" }) as JsonSchema),
    );
    const others = defaultsOf("", z.toJSONSchema(configShape, { unrepresentable: "any" }) as JsonSchema);
    const keys = new Map([...others, ...sources].filter(([key]) => key !== "sources[]"));
    const rows = [...read("README.md").matchAll(/^\| `([a-z][\w.[\]]*)` \| (.*?) \|/gm)];
    const listed = rows.map((row): [string, string | undefined] => [
      row[1] ?? "",
      /^`(.*)`$/.exec(row[2] ?? "")?.[1],
    ]);
    expect(listed.sort()).toEqual([...keys].sort());
  });

  test("the README lists every SQLSTATE that can be sent, and no other", () => {
    const rows = [...read("README.md").matchAll(/^\| `([0-9A-Z]{5})` \|/gm)].map((match) => match[1]);
    const sent = Object.values(sqlstates).filter((code) => code !== sqlstates.successful_completion);
    expect(rows.sort()).toEqual([...sent].sort());
  });
});
