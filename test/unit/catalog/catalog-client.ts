// A session of the catalog for tests: SQL in, column names and rows of text out.
import { parse } from "libpg-query";
import { type Catalog, type CatalogQuery, openCatalog } from "../../../src/catalog/answer-catalog-query.ts";
import { systemClock } from "../../../src/clock.ts";
import { splitDataRows } from "../../../src/data-rows.ts";
import { LensError } from "../../../src/errors.ts";
import type { VisibleModel } from "../../../src/model/visible-model.ts";
import { type CatalogInstances, openCatalogInstances } from "../../../src/postgres/catalog-instances.ts";
import type { ParameterInput } from "../../../src/postgres/worker-protocol.ts";
import type { ResultColumn } from "../../../src/result.ts";

export interface Answer {
  readonly columns: readonly string[];
  readonly types: readonly number[];
  readonly rows: readonly (readonly (string | null)[])[];
}

/** Values of a DataRow message as they came. */
export function rowBytes(message: Uint8Array): (Buffer | null)[] {
  const bytes = Buffer.from(message);
  const values: (Buffer | null)[] = [];
  let at = 7;
  for (let left = bytes.readInt16BE(5); left > 0; left--) {
    const length = bytes.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : bytes.subarray(at, at + length));
    at += Math.max(length, 0);
  }
  return values;
}

function decodeRow(message: Uint8Array): (string | null)[] {
  return rowBytes(message).map((value) => value?.toString("utf8") ?? null);
}

export async function errorOf(promise: Promise<unknown>): Promise<LensError> {
  try {
    await promise;
  } catch (thrown) {
    if (thrown instanceof LensError) return thrown;
    throw thrown;
  }
  throw new Error("nothing was thrown");
}

export class CatalogClient {
  readonly settings = new Map<string, string>();
  private readonly catalog: Catalog;
  private readonly visible: VisibleModel;
  private readonly user: string;
  private readonly more: Partial<CatalogQuery>;

  constructor(catalog: Catalog, visible: VisibleModel, user: string, more: Partial<CatalogQuery> = {}) {
    this.catalog = catalog;
    this.visible = visible;
    this.user = user;
    this.more = more;
  }

  async query(text: string, parameters: readonly ParameterInput[] = []): Promise<Answer> {
    const { columns, dataRows } = await this.answer(text, parameters);
    return {
      columns: columns.map((column) => column.name),
      types: columns.map((column) => column.typeOid),
      rows: dataRows.map(decodeRow),
    };
  }

  /** `resultFormats` as Bind gives them. */
  async answer(
    text: string,
    parameters: readonly ParameterInput[],
    resultFormats: readonly number[] = [],
  ): Promise<{ readonly columns: readonly ResultColumn[]; readonly dataRows: readonly Uint8Array[] }> {
    const answer = await this.catalog.answer(await this.queryOf(text, parameters, resultFormats));
    const dataRows: Uint8Array[] = [];
    for (let batch = await answer.rows.next(); batch !== undefined; batch = await answer.rows.next()) {
      if (batch.kind !== "encoded") throw new Error("rows of the catalog come encoded");
      dataRows.push(...splitDataRows(batch.bytes));
    }
    return { columns: answer.columns, dataRows };
  }

  /** Whether a plain cursor over the statement goes back. */
  async scansBackward(text: string, parameters: readonly ParameterInput[] = []): Promise<boolean> {
    return this.catalog.scansBackward(await this.queryOf(text, parameters));
  }

  private async queryOf(
    text: string,
    parameters: readonly ParameterInput[],
    resultFormats: readonly number[] = [],
  ): Promise<CatalogQuery> {
    const parsed = await parse(text);
    const node = parsed.stmts?.[0]?.stmt;
    if (node === undefined) throw new Error(`no statement in ${text}`);
    return {
      statement: { text, offset: 0, node, bytesBefore: 0 },
      visible: this.visible,
      user: this.user,
      databaseName: "market",
      databases: ["market", "sales"],
      settings: {
        get: (name) => this.settings.get(name),
        set: (name, value) => void this.settings.set(name, value),
      },
      processId: 4711,
      own: async () => ({ limits: "[]", sessions: "[]", queries: "[]", lineage: "[]" }),
      objects: () => ({ cursors: "[]", statements: "[]", settings: "{}", said: "[]", tls: "{}" }),
      parameterTypes: parameters.map(() => 0),
      parameters,
      resultFormats,
      rowsMax: 100_000,
      signal: new AbortController().signal,
      ...this.more,
    };
  }

  /** The one value of a one-row, one-column answer. */
  async value(text: string, parameters: readonly (string | null)[] = []): Promise<string | null> {
    const { rows } = await this.query(text, parameters);
    if (rows.length !== 1 || rows[0]?.length !== 1) throw new Error(`not one value: ${JSON.stringify(rows)}`);
    return rows[0][0] ?? null;
  }
}

export async function startCatalog(options: {
  readonly catalogTimeoutMs: number;
  readonly onFailure: (failure: unknown) => void;
}): Promise<{ readonly instances: CatalogInstances; readonly catalog: Catalog }> {
  const instances = await openCatalogInstances({ catalogInstancesMax: 3, clock: systemClock, ...options });
  return { instances, catalog: openCatalog(instances) };
}
