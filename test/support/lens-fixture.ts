// A lens over an own DuckDB file, without server or session: model text and set-up SQL in, rows out for each user.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { systemClock } from "../../src/clock.ts";
import { compile } from "../../src/compiler/compile.ts";
import { typeModifier, typeOid, type Value } from "../../src/data-type.ts";
import { duckDbDialect } from "../../src/dialect/duckdb/duckdb-dialect.ts";
import { type RenderedPlan, render } from "../../src/dialect/render.ts";
import type { LensEvent } from "../../src/events.ts";
import { effectiveGroup } from "../../src/model/effective-group.ts";
import { loadModel } from "../../src/model/load-model.ts";
import type { TypedModel } from "../../src/model/model.ts";
import type { VisibleModel } from "../../src/model/visible-model.ts";
import { buildVisibleModel } from "../../src/policy/build-visible-model.ts";
import type { Decision } from "../../src/policy/decision.ts";
import { securePlan } from "../../src/policy/secure-plan.ts";
import { type CatalogInstances, openCatalogInstances } from "../../src/postgres/catalog-instances.ts";
import type { Problem } from "../../src/problem.ts";
import { parseTree, readTree } from "../../src/query/read-tree.ts";
import type { ResultColumn } from "../../src/result.ts";
import { typeModel } from "../../src/typing/type-model.ts";
import { openDuckDb } from "../../src/warehouse/duckdb.ts";
import type { Warehouse } from "../../src/warehouse/warehouse.ts";

export interface LensFixtureOptions {
  /** Model files by their path below the model folder: `tables/a.yml`. */
  readonly files: Readonly<Record<string, string>>;
  /** Run in the DuckDB file before the lens opens it. */
  readonly setUp: string;
  readonly strictWrappers?: boolean;
}

export interface LensResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Value[])[];
}

export interface CompiledSql {
  readonly sql: string;
  readonly decision: Decision;
}

export interface LensUser {
  readonly visible: VisibleModel;
  run(sql: string): Promise<LensResult>;
  compileSql(sql: string): Promise<CompiledSql>;
}

export interface LensFixture {
  /** The same object for the same name and groups. */
  user(name: string, groups?: readonly string[]): LensUser;
  /** What the warehouse reported for the log: holds its own error texts. */
  readonly events: readonly LensEvent[];
  close(): Promise<void>;
}

/** The embedded PostgreSQL, shared by the fixtures of one test file. */
export class LensFixtures {
  readonly #instances: CatalogInstances;
  readonly failures: unknown[] = [];

  private constructor(instances: CatalogInstances, failures: unknown[]) {
    this.#instances = instances;
    this.failures = failures;
  }

  static async open(): Promise<LensFixtures> {
    const failures: unknown[] = [];
    const instances = await openCatalogInstances({
      catalogInstancesMax: 8,
      catalogTimeoutMs: 5_000,
      clock: systemClock,
      onFailure: (failure) => failures.push(failure),
    });
    return new LensFixtures(instances, failures);
  }

  close(): Promise<void> {
    return this.#instances.close();
  }

  /** Rejects with every problem of the model. */
  async lens(options: LensFixtureOptions): Promise<LensFixture> {
    const folder = await mkdtemp(join(tmpdir(), "lenswire-lens-"));
    const path = join(folder, "warehouse.duckdb");
    await writeModel(folder, options.files);
    await createWarehouse(path, options.setUp);
    const events: LensEvent[] = [];
    const warehouse = await openDuckDb({ path, emit: (event) => events.push(event) });
    const model = await typedModel(join(folder, "model"), warehouse);
    const users = new Map<string, LensUser>();
    return {
      events,
      user: (name, groups = []) => {
        const key = JSON.stringify([name, groups]);
        const known = users.get(key) ?? this.#user({ model, warehouse, options, name, groups });
        users.set(key, known);
        return known;
      },
      close: async () => {
        await warehouse.close();
        await rm(folder, { recursive: true });
      },
    };
  }

  #user(lens: {
    readonly model: TypedModel;
    readonly warehouse: Warehouse;
    readonly options: LensFixtureOptions;
    readonly name: string;
    readonly groups: readonly string[];
  }): LensUser {
    const { model, warehouse, options, name, groups } = lens;
    const group = effectiveGroup(model.linked, { user: name, groups });
    if (group === undefined) throw new Error(`user ${name} is in no group`);
    const visible = buildVisibleModel({ lens: "test", model, group });
    const strictWrappers = options.strictWrappers ?? false;
    const plan = (sql: string) => this.#plan({ visible, user: name, strictWrappers }, sql);
    return {
      visible,
      run: async (sql) => {
        const { columns, rendered } = await plan(sql);
        return { columns, rows: await rowsOf(warehouse, rendered) };
      },
      compileSql: async (sql) => {
        const { rendered, decision } = await plan(sql);
        return { sql: rendered.sql, decision };
      },
    };
  }

  async #plan(
    as: { readonly visible: VisibleModel; readonly user: string; readonly strictWrappers: boolean },
    text: string,
  ): Promise<{
    readonly columns: readonly ResultColumn[];
    readonly rendered: RenderedPlan;
    readonly decision: Decision;
  }> {
    const { visible, user, strictWrappers } = as;
    const analysed = await this.#instances.analyse({
      visible,
      databaseName: "test",
      user,
      settings: {},
      text,
      parameterTypes: [],
      signal: new AbortController().signal,
      tree: true,
    });
    if (analysed.tree === undefined) throw new Error("the statement has no tree");
    const relations = new Map(
      [...analysed.relations].flatMap(([oid, name]) => {
        const relation = visible.relations.get(name);
        return relation === undefined ? [] : [[oid, relation] as const];
      }),
    );
    const query = readTree(parseTree(analysed.tree), {
      text,
      columnsOf: (oid) =>
        relations.get(oid)?.columns.map((column) => ({
          name: column.name,
          type: typeOid(column.type),
          modifier: typeModifier(column.type),
        })),
    });
    const plan = compile({
      query,
      relations,
      measureFunctions: analysed.measureFunctions,
      visible,
      positionOf: (location) => location + 1,
      strictWrappers,
    });
    const secured = securePlan(plan, visible);
    const rendered = render(secured.plan, duckDbDialect, {
      timeZone: "UTC",
      dateStyle: "ISO, MDY",
      intervalStyle: "postgres",
    });
    return { columns: analysed.columns, rendered, decision: secured.decision };
  }
}

async function writeModel(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "model", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

async function createWarehouse(path: string, setUp: string): Promise<void> {
  const instance = await DuckDBInstance.create(path);
  const connection = await instance.connect();
  await connection.run(setUp);
  connection.closeSync();
  instance.closeSync();
}

async function typedModel(folder: string, warehouse: Warehouse): Promise<TypedModel> {
  const { model: linked, problems } = await loadModel(folder);
  if (linked === undefined) throw new ModelProblems(problems);
  const { signal } = new AbortController();
  const { model, problems: more } = await typeModel(linked, warehouse, { signal, checkKeys: true });
  if (model === undefined) throw new ModelProblems(more);
  return model;
}

/** A model that `lenswire check` would refuse. */
export class ModelProblems extends Error {
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("\n"));
  }
}

async function rowsOf(warehouse: Warehouse, rendered: RenderedPlan): Promise<Value[][]> {
  const { signal } = new AbortController();
  const stream = await warehouse.run(
    { sql: rendered.sql, parameters: [], columnTypes: rendered.columnTypes },
    signal,
  );
  const rows: Value[][] = [];
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) {
    if (batch.kind !== "columns") throw new Error("a DuckDB batch holds columns");
    for (let row = 0; row < batch.rowCount; row++)
      rows.push(batch.columns.map((column) => column[row] ?? null));
  }
  return rows;
}
