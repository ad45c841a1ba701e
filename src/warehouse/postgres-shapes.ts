// Which columns a statement has. PostgreSQL says so before it runs; statements that come again are not asked about again.
import { BoundedCache } from "../bounded-cache.ts";
import type { RenderedQuery } from "../result.ts";
import { decodeRows } from "./postgres-decode.ts";
import { beginMessage, type PostgresExchange } from "./postgres-exchange.ts";
import { readBinary } from "./postgres-fields.ts";
import {
  backend,
  bindMessage,
  type DescribedField,
  describeStatementMessage,
  executeMessage,
  parseMessage,
  readRowDescription,
  syncMessage,
} from "./postgres-messages.ts";
import { boundValues, parameterOids } from "./postgres-parameters.ts";
import { builtInColumn, lookedUpColumn, lookUpTypesSql, type PostgresColumn } from "./postgres-types.ts";
import { notAQuery } from "./warehouse-errors.ts";

/** Of the statements whose columns are remembered. */
const shapeBounds = { entriesMax: 1000, bytesMax: 16 * 1024 * 1024, entryBytesMax: 1024 * 1024 };

/** Of one column, its name and spelling, estimated. */
const columnBytes = 200;

export interface ShapedColumn extends PostgresColumn {
  readonly name: string;
}

/** The columns are other ones than they were when the statement was described: a table was changed. */
export class ShapeChanged extends Error {}

type Described = Pick<RenderedQuery, "sql" | "parameters" | "timeoutMs">;

export class QueryShapes {
  readonly #shapes = new BoundedCache<readonly ShapedColumn[]>(shapeBounds);

  known(query: Described): readonly ShapedColumn[] | undefined {
    return this.#shapes.get(keyOf(query));
  }

  remember(query: Described, columns: readonly ShapedColumn[]): void {
    this.#shapes.put(keyOf(query), columns, columnBytes * columns.length);
  }

  /** Begins the transaction and has the server read the statement, as the unnamed one, without running it. */
  async describe(exchange: PostgresExchange, query: Described): Promise<readonly ShapedColumn[]> {
    refuseOtherStatements(query.sql);
    const parse = parseMessage(query.sql, parameterOids(query.parameters));
    exchange.send([beginMessage(query.timeoutMs), parse, describeStatementMessage, syncMessage], 2);
    let fields: readonly DescribedField[] | undefined;
    while (!exchange.isAnswered) {
      const message = await exchange.receive();
      if (message.kind === "message" && message.type === backend.rowDescription) {
        fields = readRowDescription(message.body);
      }
    }
    if (fields === undefined) throw notAQuery();
    return shaped(exchange, fields, parse);
  }
}

function keyOf({ sql, parameters }: Described): string {
  return `${parameterOids(parameters).join(",")} ${sql}`;
}

/**
 * Rendered statements begin so. The protocol takes one statement at a time, and the transaction can only read; this
 * keeps out what would end the transaction.
 */
const queryPattern = /^[\s(]*(?:select|with|values|table|explain)\b/i;

function refuseOtherStatements(sql: string): void {
  if (!queryPattern.test(sql)) throw notAQuery();
}

async function shaped(
  exchange: PostgresExchange,
  fields: readonly DescribedField[],
  parse: Buffer,
): Promise<readonly ShapedColumn[]> {
  const unknown = [...new Set(fields.map((field) => field.oid))].filter(
    (oid) => builtInColumn(oid, -1) === undefined,
  );
  const looked = unknown.length === 0 ? new Map<number, LookedUp>() : await lookUp(exchange, unknown);
  // The look-up took the place of the unnamed statement.
  if (unknown.length > 0) {
    exchange.send([parse, syncMessage], 1);
    while (!exchange.isAnswered) await exchange.receive();
  }
  return fields.map(({ name, oid, modifier }) => {
    const found = looked.get(oid) ?? { spelling: `type ${oid}`, form: 0 };
    const column = builtInColumn(oid, modifier) ?? lookedUpColumn(oid, modifier, found.spelling, found.form);
    return { ...column, name };
  });
}

interface LookedUp {
  readonly spelling: string;
  readonly form: number;
}

const bigintOid = 20;
const textOid = 25;
const integerOid = 23;

async function lookUp(
  exchange: PostgresExchange,
  oids: readonly number[],
): Promise<ReadonlyMap<number, LookedUp>> {
  const parameters = [{ type: { kind: "array", element: { kind: "bigint" } }, value: oids }] as const;
  const parse = parseMessage(lookUpTypesSql, parameterOids(parameters));
  exchange.send([parse, bindMessage(boundValues(parameters), [1]), executeMessage, syncMessage], 1);
  const found = new Map<number, LookedUp>();
  const decoders = [bigintOid, textOid, integerOid].map((oid) => {
    const read = readBinary(oid);
    if (read === undefined) throw new TypeError(`no reader for type ${oid}`);
    return { format: 1 as const, read };
  });
  while (!exchange.isAnswered) {
    const message = await exchange.receive();
    if (message.kind !== "rows") continue;
    const [numbers = [], spellings = [], forms = []] = decodeRows(message.bytes, message.rowCount, decoders);
    numbers.forEach((oid, row) => {
      found.set(Number(oid), { spelling: String(spellings[row]), form: Number(forms[row]) });
    });
  }
  return found;
}
