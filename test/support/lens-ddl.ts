// The relations of the test lenses as empty tables, as a reader who sees everything finds them in the embedded
// PostgreSQL.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { noAttributes } from "../../src/attributes.ts";
import { writeDemo } from "../../src/commands/demo.ts";
import { loadConfig } from "../../src/config/load-config.ts";
import { type OpenedLenses, openLenses } from "../../src/open-lenses.ts";
import { visibleModelDdl } from "../../src/postgres/visible-model-ddl.ts";
import { makeLensFolder } from "./lens-folder.ts";
import type { DemoFolder } from "./served-demo.ts";

export const lensNames = ["demo", "retail", "members"] as const;
export type LensName = (typeof lensNames)[number];

/** Rows of the demo warehouse: types do not depend on them. */
const demoRows = 1000;

async function makeDemo(): Promise<Pick<DemoFolder, "config" | "remove">> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-demo-"));
  await writeDemo({ rows: demoRows, file: join(folder, "market.duckdb") }, () => undefined);
  const lens = fileURLToPath(new URL("../../lens", import.meta.url));
  const config = join(folder, "config.yaml");
  await writeFile(
    config,
    `name: demo
sources: [{name: icebase, type: duckdb, path: ./market.duckdb}]
lenses: [{name: demo, model: ${lens}/model}]
auth: {users: ${lens}/users.yml}
audit: {file: ./audit.jsonl}
`,
  );
  return { config, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** The definitions that fill the instance of user `admin`. */
export async function lensDdl(name: LensName): Promise<string> {
  const folder = name === "demo" ? await makeDemo() : await makeLensFolder(name);
  let opened: OpenedLenses | undefined;
  try {
    const { config, problems } = await loadConfig(folder.config, process.env);
    if (config === undefined) throw new Error(problems.map((problem) => problem.message).join("\n"));
    opened = await openLenses(config, { emit: () => undefined, signal: new AbortController().signal });
    const lens = opened.lenses?.[0];
    if (lens === undefined) throw new Error(opened.problems.map((problem) => problem.message).join("\n"));
    return visibleModelDdl(lens.visibleTo({ user: "admin", groups: ["admin"], attributes: noAttributes }));
  } finally {
    for (const warehouse of opened?.warehouses ?? []) await warehouse.close();
    await folder.remove();
  }
}
