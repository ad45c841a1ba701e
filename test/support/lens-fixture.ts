// A lens over a warehouse of its own, without server or session: model text and set-up SQL in, rows out for each user.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Analyse, type Analysed, createAnalyse } from "../../src/analysis/analyse.ts";
import { type Attributes, attributeDataType, noAttributes } from "../../src/attributes.ts";
import { systemClock } from "../../src/clock.ts";
import type { StatementLineage } from "../../src/column-lineage.ts";
import type { Value } from "../../src/data-type.ts";
import type { RenderedPlan } from "../../src/dialect/render.ts";
import { attributeValue } from "../../src/engine/bind-attributes.ts";
import { Lens, type LensSource } from "../../src/engine/lens.ts";
import { type LensStatementPlan, planLensStatement } from "../../src/engine/plan-lens-statement.ts";
import { assert } from "../../src/errors.ts";
import type { LensEvent } from "../../src/events.ts";
import type { Identity } from "../../src/identity.ts";
import { loadModel } from "../../src/model/load-model.ts";
import type { TypedModel } from "../../src/model/model.ts";
import type { VisibleModel } from "../../src/model/visible-model.ts";
import type { Decision } from "../../src/policy/decision.ts";
import { type CatalogInstances, openCatalogInstances } from "../../src/postgres/catalog-instances.ts";
import type { Problem } from "../../src/problem.ts";
import type { BoundParameter, ResultColumn } from "../../src/result.ts";
import { typeModel } from "../../src/typing/type-model.ts";
import type { Warehouse } from "../../src/warehouse/warehouse.ts";
import type { WarehouseKind } from "../../src/warehouse-kind.ts";
import { FixtureWarehouses } from "./fixture-warehouses.ts";

export interface LensFixtureOptions {
  /** Model files by their path below the model folder: `tables/a.yml`. */
  readonly files: Readonly<Record<string, string>>;
  /** DuckDB where nothing is said. */
  readonly warehouse?: WarehouseKind;
  /** Run in the warehouse before the lens opens it. */
  readonly setUp: string;
  readonly strictWrappers?: boolean;
  /** Another warehouse than one of the fixture's own; whoever opened it sets it up and closes it. */
  readonly source?: Pick<LensSource, "warehouse" | "dialect">;
}

export interface LensResult {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly Value[])[];
}

export interface CompiledSql {
  readonly sql: string;
  readonly decision: Decision;
  readonly lineage: StatementLineage;
}

export interface LensUser {
  readonly visible: VisibleModel;
  run(sql: string): Promise<LensResult>;
  compileSql(sql: string): Promise<CompiledSql>;
  /** The statement as PostgreSQL analyses it, bare measures wrapped in MEASURE(). */
  analysedText(sql: string): Promise<string>;
}

export interface LensFixture {
  /** The same object for the same name and groups. */
  user(name: string, groups?: readonly string[], attributes?: Attributes): LensUser;
  /** What the warehouse reported for the log: holds its own error texts. */
  readonly events: readonly LensEvent[];
  close(): Promise<void>;
}

/** The embedded PostgreSQL, shared by the fixtures of one test file. */
export class LensFixtures {
  readonly #instances: CatalogInstances;
  readonly #analyse: Analyse;
  readonly #warehouses = new FixtureWarehouses();
  readonly failures: unknown[] = [];

  private constructor(instances: CatalogInstances, failures: unknown[]) {
    this.#instances = instances;
    this.#analyse = createAnalyse(instances);
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

  async close(): Promise<void> {
    await this.#instances.close();
    await this.#warehouses.close();
  }

  /** Rejects with every problem of the model. */
  async lens(options: LensFixtureOptions): Promise<LensFixture> {
    const folder = await mkdtemp(join(tmpdir(), "lenswire-lens-"));
    await writeModel(folder, options.files);
    const events: LensEvent[] = [];
    const emit = (event: LensEvent) => events.push(event);
    const kind = options.warehouse ?? "duckdb";
    const own = options.source ? undefined : await this.#warehouses.open(kind, options.setUp, emit);
    const chosen = options.source ?? own;
    assert(chosen !== undefined, "a lens has a warehouse");
    const { warehouse, dialect } = chosen;
    const source = { name: "test", warehouse, dialect };
    const model = await typedModel(join(folder, "model"), source);
    await rm(folder, { recursive: true });
    const lens = new Lens({
      name: "test",
      databaseNames: ["test"],
      model,
      sources: new Map([...model.linked.tables.keys()].map((table) => [table, source])),
      strictWrappers: options.strictWrappers ?? false,
    });
    const users = new Map<string, LensUser>();
    return {
      events,
      user: (name, groups = [], attributes = noAttributes) => {
        const key = JSON.stringify([name, groups, [...attributes]]);
        const known = users.get(key) ?? this.#user(lens, { user: name, groups, attributes });
        users.set(key, known);
        return known;
      },
      close: async () => {
        await own?.close();
      },
    };
  }

  #user(lens: Lens, identity: Identity): LensUser {
    const { user } = identity;
    const visible = lens.visibleTo(identity);
    const plan = (sql: string) => this.#plan(lens, visible, user, sql);
    return {
      visible,
      run: async (sql) => {
        const { columns, rendered, source } = await plan(sql);
        return {
          columns,
          rows: await rowsOf(source.warehouse, rendered, parametersFor(rendered, identity, visible)),
        };
      },
      compileSql: async (sql) => {
        const { rendered, decision, lineage } = await plan(sql);
        return { sql: rendered.sql, decision, lineage };
      },
      analysedText: async (sql) => (await this.#analysed(visible, user, sql)).text,
    };
  }

  #analysed(visible: VisibleModel, user: string, text: string): Promise<Analysed> {
    return this.#analyse({
      visible,
      databaseName: "test",
      user,
      settings: {},
      text,
      parameterTypes: [],
      signal: new AbortController().signal,
    });
  }

  async #plan(lens: Lens, visible: VisibleModel, user: string, text: string): Promise<LensStatementPlan> {
    const analysed = await this.#analysed(visible, user, text);
    const { query } = analysed;
    if (query === undefined) throw new Error("the statement reads no table of the lens");
    return planLensStatement({ lens, visible, analysed, query, settings });
  }
}

const settings = { timeZone: "UTC", dateStyle: "ISO, MDY", intervalStyle: "postgres", byteaOutput: "hex" };

async function writeModel(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "model", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

async function typedModel(folder: string, source: LensSource): Promise<TypedModel> {
  const { model: linked, problems } = await loadModel(folder);
  if (linked === undefined) throw new ModelProblems(problems);
  const { signal } = new AbortController();
  const { model, problems: more } = await typeModel(linked, () => source, { signal, checkKeys: true });
  if (model === undefined) throw new ModelProblems(more);
  return model;
}

/** A model that `lenswire check` would refuse. */
class ModelProblems extends Error {
  constructor(problems: readonly Problem[]) {
    super(problems.map((problem) => problem.message).join("\n"));
  }
}

/** Attributes alone: clients of a fixture bind nothing. */
function parametersFor(
  { parameters }: RenderedPlan,
  identity: Identity,
  { group }: VisibleModel,
): readonly BoundParameter[] {
  return parameters.map(({ attribute }) => {
    if (attribute === undefined) throw new Error("statements of a fixture have no parameters");
    return { type: attributeDataType(attribute), value: attributeValue(attribute, identity, group) };
  });
}

async function rowsOf(
  warehouse: Warehouse,
  rendered: RenderedPlan,
  parameters: readonly BoundParameter[],
): Promise<Value[][]> {
  const { signal } = new AbortController();
  const stream = await warehouse.run(
    { sql: rendered.sql, parameters, columnTypes: rendered.columnTypes },
    signal,
  );
  const rows: Value[][] = [];
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next()) {
    if (batch.kind !== "columns") throw new Error("rows that no client takes are columns");
    for (let row = 0; row < batch.rowCount; row++)
      rows.push(batch.columns.map((column) => column[row] ?? null));
  }
  return rows;
}
