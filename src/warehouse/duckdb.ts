// The DuckDB warehouse: one file, opened so that no statement can change it, leave it, or change a setting.
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  StatementType,
} from "@duckdb/node-api";
import type { DataType } from "../data-type.ts";
import { LensError, newReference } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { RenderedQuery, RowStream } from "../result.ts";
import { type ConnectionLimits, DuckDbConnections, processCalls } from "./duckdb-connections.ts";
import { type ColumnDecoder, columnDecoder } from "./duckdb-decode.ts";
import { dataFailureOf, isUnplannable } from "./duckdb-failures.ts";
import { bindParameters } from "./duckdb-parameters.ts";
import { DuckDbStream, rowsOfNextChunk } from "./duckdb-stream.ts";
import { dataTypeOfDuckDb } from "./duckdb-types.ts";
import type { DescribedColumn, Warehouse, WarehouseLoad } from "./warehouse.ts";
import {
  columnCountMismatch,
  columnTypeMismatch,
  dataError,
  notAQuery,
  warehouseCannotPlan,
  warehouseFailed,
  warehouseFileUnusable,
} from "./warehouse-errors.ts";

export interface DuckDbOptions extends Partial<ConnectionLimits> {
  /** The file; it must exist. */
  readonly path: string;
  readonly emit: EmitEvent;
}

const connectionsMaxDefault = 64;

/** Opens the file. Rejects with HV000 when it cannot be read. */
export async function openDuckDb(options: DuckDbOptions): Promise<Warehouse> {
  const instance = await openInstance(options.path);
  const connections = new DuckDbConnections(instance, {
    connectionsMax: options.connectionsMax ?? connectionsMaxDefault,
    calls: options.calls ?? processCalls,
  });
  return new DuckDbWarehouse(instance, connections, options.emit);
}

async function openInstance(path: string): Promise<DuckDBInstance> {
  try {
    const instance = await DuckDBInstance.create(path, {
      access_mode: "READ_ONLY",
      // Model SQL and whatever slips through a dialect must not read other files or the network.
      enable_external_access: "false",
      autoinstall_known_extensions: "false",
      autoload_known_extensions: "false",
      allow_community_extensions: "false",
    });
    const connection = await instance.connect();
    // TimeZone comes from the machine otherwise, and is no option of opening.
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    await connection.run("SET GLOBAL lock_configuration = true");
    connection.closeSync();
    return instance;
  } catch (error) {
    throw warehouseFileUnusable(path, error);
  }
}

class DuckDbWarehouse implements Warehouse {
  readonly #instance: DuckDBInstance;
  readonly #connections: DuckDbConnections;
  readonly #emit: EmitEvent;

  constructor(instance: DuckDBInstance, connections: DuckDbConnections, emit: EmitEvent) {
    this.#instance = instance;
    this.#connections = connections;
    this.#emit = emit;
  }

  async describe(sql: string, signal: AbortSignal): Promise<readonly DescribedColumn[]> {
    return this.#withConnection(signal, async (connection) => {
      const statement = await this.#prepare(connection, sql, signal);
      try {
        return Array.from({ length: statement.columnCount }, (_, index) => {
          const type = statement.columnType(index);
          return {
            name: statement.columnName(index),
            type: dataTypeOfDuckDb(type),
            warehouseType: type.alias ?? type.toString(),
          };
        });
      } finally {
        statement.destroySync();
      }
    });
  }

  async run(query: RenderedQuery, signal: AbortSignal): Promise<RowStream> {
    const connections = this.#connections;
    const explain = (error: unknown) => this.#explain(error, query.sql);
    const connection = await connections.acquire(signal);
    let result: DuckDBResult;
    try {
      result = await this.#start(connection, query, signal);
    } catch (error) {
      connections.release(connection);
      throw signal.aborted ? signal.reason : explain(error);
    }
    try {
      const decoders = decodersOf(result, query.columnTypes);
      const failure = () => this.#failureOf(connection, query, signal);
      return new DuckDbStream({ connections, connection, result, decoders, signal, failure, explain });
    } catch (error) {
      await connections.abandon(connection, () => rowsOfNextChunk(result));
      throw error;
    }
  }

  load(): WarehouseLoad {
    return this.#connections.load;
  }

  ping(signal: AbortSignal): Promise<void> {
    return this.#connections.ping(signal);
  }

  async close(): Promise<void> {
    await this.#connections.close();
    this.#instance.closeSync();
  }

  async #withConnection<T>(
    signal: AbortSignal,
    use: (connection: DuckDBConnection) => Promise<T>,
  ): Promise<T> {
    const connection = await this.#connections.acquire(signal);
    try {
      return await use(connection);
    } finally {
      this.#connections.release(connection);
    }
  }

  async #prepare(
    connection: DuckDBConnection,
    sql: string,
    signal: AbortSignal,
  ): Promise<DuckDBPreparedStatement> {
    const statement = await this.#connections.call(connection, signal, () => connection.prepare(sql));
    const { statementType } = statement;
    if (statementType === StatementType.SELECT || statementType === StatementType.EXPLAIN) return statement;
    statement.destroySync();
    throw notAQuery();
  }

  async #start(
    connection: DuckDBConnection,
    query: RenderedQuery,
    signal: AbortSignal,
  ): Promise<DuckDBResult> {
    const statement = await this.#prepare(connection, query.sql, signal);
    try {
      bindParameters(statement, query.parameters);
      return await this.#connections.call(connection, signal, () => statement.stream());
    } finally {
      statement.destroySync();
    }
  }

  /**
   * Why a result failed half-way. The binding keeps that to itself, so the query is run once more under EXPLAIN
   * ANALYZE, which computes every row, holds none and rejects with the error.
   */
  async #failureOf(
    connection: DuckDBConnection,
    query: RenderedQuery,
    signal: AbortSignal,
  ): Promise<unknown> {
    signal.throwIfAborted();
    try {
      const statement = await this.#prepare(connection, `EXPLAIN ANALYZE ${query.sql}`, signal);
      bindParameters(statement, query.parameters);
      await this.#connections.call(connection, signal, () => statement.run());
      statement.destroySync();
    } catch (error) {
      return error;
    }
    return new Error("the result ended with an error that did not occur again");
  }

  #explain(error: unknown, sql: string): unknown {
    if (error instanceof LensError) return error;
    const text = error instanceof Error ? error.message : String(error);
    const data = dataFailureOf(text);
    if (data !== undefined) return dataError(data.name, error, data.message);
    const reference = newReference();
    this.#emit({ kind: "warehouseFailed", reference, text, sql });
    return isUnplannable(text) ? warehouseCannotPlan(reference, error) : warehouseFailed(reference, error);
  }
}

function decodersOf(result: DuckDBResult, wanted: readonly DataType[]): readonly ColumnDecoder[] {
  if (result.columnCount !== wanted.length) throw columnCountMismatch(result.columnCount, wanted.length);
  return wanted.map((type, column) => {
    const warehouseType = result.columnType(column);
    const decoder = columnDecoder(warehouseType, type);
    if (decoder === undefined) throw columnTypeMismatch(column + 1, warehouseType.toString(), type);
    return decoder;
  });
}
