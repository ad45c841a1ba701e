// Statements analysed by an in-process PGlite and read: what the tests of the reader have in common.
import { afterAll, beforeAll, expect } from "vitest";
import type { LensError } from "../../../src/errors.ts";
import type { Expression, Query } from "../../../src/query/query.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import { type DumpSource, openDumpSource } from "./analysed-dump.ts";

let opened: DumpSource | undefined;

/** To be called at the top of a test file. */
export function useStatements(): void {
  beforeAll(async () => {
    opened = await openDumpSource(`
      create table c(id bigint primary key, zone text, city varchar(20), age int, income numeric(12,2), day date);
      create table t(id bigint, c_id bigint, amount float8, tags text[]);`);
  });
  afterAll(() => source().database.close());
}

export function source(): DumpSource {
  if (opened === undefined) throw new Error("PGlite is not open");
  return opened;
}

export async function read(sql: string): Promise<Query> {
  return readTree(parseTree(await source().dump(sql)), { text: sql });
}

export async function failure(sql: string): Promise<LensError> {
  return read(sql).then(
    () => expect.unreachable("the tree was read"),
    (error: unknown) => error as LensError,
  );
}

/** The expression of the first column. */
export async function first(sql: string): Promise<Expression> {
  const [target] = (await read(sql)).targets;
  if (target === undefined) throw new Error("no target");
  return target.expression;
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A short form of an expression for comparisons: kinds, places and values. */
export function brief(expression: Expression | undefined): unknown {
  switch (expression?.kind) {
    case undefined:
      return undefined;
    case "Var":
      return `v${expression.entry}.${expression.column}`;
    case "GroupKey":
      return `k${expression.block}.${expression.index}`;
    case "Const":
      return expression.value;
    case "Param":
      return `$${expression.number}`;
    case "FuncExpr":
    case "OpExpr":
    case "CoalesceExpr":
    case "BoolExpr":
    case "RowExpr":
    case "MinMaxExpr":
    case "DistinctExpr":
    case "NullIfExpr":
      return [expression.kind, ...expression.args.map(brief)];
    default:
      return expression?.kind;
  }
}
