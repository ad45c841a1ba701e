// Which folder of src may import which, as data. The tidy test reads the imports against it, and holds biome.json to
// it, so that an editor shows a wrong import where it is written.

/** A folder, or one file of a folder (`policy/secured-plan.ts`), besides the root vocabulary and the folder itself. */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  wire: [],
  config: [],
  sql: [],
  authentication: [],
  limits: [],
  audit: [],
  observe: [],
  // It listens to what the audit is given.
  lineage: ["audit/audit-log.ts", "audit/audit-record.ts"],
  reload: [],
  warehouse: [],
  query: [],
  model: ["sql"],
  // The types of what one group can see.
  postgres: ["model/model.ts", "model/visible-model.ts"],
  // The type of what one group can see, as for the catalog and the compiler.
  analysis: ["sql", "query", "postgres", "model/visible-model.ts"],
  // The type only: the catalog and the compiler are given the same visible model.
  catalog: ["sql", "postgres", "model/visible-model.ts"],
  compiler: ["query", "model"],
  // The values of sub-query dimensions stand inside scans, which policy alone makes; what they are, the compiler knows.
  policy: ["query", "model", "sql", "compiler/lens-plan.ts", "compiler/sub-query.ts"],
  dialect: ["query", "policy/secured-plan.ts"],
  typing: ["model", "dialect", "warehouse/warehouse.ts"],
  engine: [
    ...["config", "sql", "model", "typing", "query", "postgres", "analysis", "catalog", "compiler", "policy"],
    ...[
      "dialect",
      "limits",
      "observe",
      "audit/audit-log.ts",
      "audit/audit-record.ts",
      "warehouse/warehouse.ts",
    ],
  ],
  server: ["wire", "engine", "limits"],
  admin: ["engine", "observe", "audit/recent-activity.ts"],
};

/** The files that build the program out of its parts. They and `commands` may import anything. */
export const compositionFiles = ["main.ts", "app.ts", "open-lenses.ts", "operations.ts"];

/** May be imported from everywhere: `commands`, which nobody but main.ts imports. */
export const compositionFolder = "commands";

/** Packages, or all packages of a scope, that belong to one part of the program. */
export const packageOwners: Readonly<Record<string, readonly string[]>> = {
  "libpg-query": ["sql"],
  "@electric-sql": ["postgres"],
  // `lenswire demo` writes a warehouse file, which no driver does.
  "@duckdb": ["warehouse", "commands"],
  pg: ["warehouse"],
  jose: ["authentication"],
  ioredis: ["limits"],
};

/** Folders whose files lie in folders of their own: src/dialect/duckdb. */
const nestedFolders = ["dialect"];

function foreignPackages(part: string): string[] {
  const foreign = Object.entries(packageOwners).filter(([, owners]) => !owners.includes(part));
  return foreign.map(([name]) => (name.startsWith("@") ? `${name}/**` : name));
}

function override(includes: readonly string[], group: readonly string[], message: string): object {
  const options = { patterns: [{ group, message: `${message} See test/support/folder-arrows.ts.` }] };
  return { includes, linter: { rules: { style: { noRestrictedImports: { level: "error", options } } } } };
}

function folderOverrides(folder: string, targets: readonly string[]): object[] {
  const message = `src/${folder} imports root files${targets.map((target) => `, ${target}`).join("")}.`;
  // From src/dialect/duckdb the own folder is "../", its siblings are "../other/", and the root is "../../".
  return (nestedFolders.includes(folder) ? ["", "*/"] : [""]).map((depth) => {
    const up = depth === "" ? "../" : "../../";
    const closed = depth === "" ? ["../*/**"] : ["../../*/**", "../*/**", "!../../*.ts"];
    const composition = compositionFiles.map((file) => `${up}${file}`);
    const open = targets.map((target) => `!${up}${target.endsWith(".ts") ? target : `${target}/**`}`);
    const group = [...closed, ...composition, ...open, ...foreignPackages(folder)];
    return override([`src/${folder}/${depth}*.ts`], group, message);
  });
}

/** The part of biome.json that says the same. A pattern wins over those before it, as in a gitignore file. */
export function importOverrides(): object[] {
  const folders = Object.entries(arrows).flatMap(([folder, targets]) => folderOverrides(folder, targets));
  const vocabulary = override(
    ["src/*.ts", ...compositionFiles.map((file) => `!src/${file}`)],
    ["./*/**", ...compositionFiles.map((file) => `./${file}`), ...foreignPackages("")],
    "The root vocabulary imports root files only.",
  );
  const composition = override(
    [`src/${compositionFolder}/*.ts`, ...compositionFiles.map((file) => `src/${file}`)],
    foreignPackages(compositionFolder),
    "A package is used in its own folder only.",
  );
  return [...folders, vocabulary, composition];
}
