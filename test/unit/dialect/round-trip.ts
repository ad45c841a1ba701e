// What is rendered for PostgreSQL and analysed again, as the tree that it was made from.
import { quoteIdentifier } from "../../../src/dialect/postgres/identifiers.ts";
import { postgresDialect } from "../../../src/dialect/postgres/postgres-dialect.ts";
import { render } from "../../../src/dialect/render.ts";
import { LensError } from "../../../src/errors.ts";
import { type NormalForm, normalForm } from "../../../src/query/normal-form.ts";
import type {
  Param,
  Query,
  RelationEntry,
  SecuredScan,
  SubqueryEntry,
  ValuesEntry,
} from "../../../src/query/query.ts";
import { parseTree, readTree } from "../../../src/query/read-tree.ts";
import type { DumpSource } from "../query/analysed-dump.ts";
import { utc } from "./postgres-server.ts";
import { secureRelations, wholeScan } from "./secured-relations.ts";

export type RoundTrip =
  /** PostgreSQL refuses the statement. */
  | { readonly kind: "invalid" }
  /** The reader or the renderer does. */
  | { readonly kind: "refused"; readonly reason: string }
  | {
      readonly kind: "printed";
      readonly sql: string;
      readonly before: NormalForm;
      readonly after: NormalForm;
    };

export async function roundTrip(trees: DumpSource, sql: string): Promise<RoundTrip> {
  let first: Uint8Array;
  try {
    first = await trees.dump(sql);
  } catch {
    return { kind: "invalid" };
  }
  let query: Query;
  try {
    query = readTree(parseTree(first), { text: sql });
  } catch (error) {
    if (error instanceof LensError) return { kind: "refused", reason: error.message };
    throw error;
  }
  if (readsCatalog(query)) return { kind: "refused", reason: "the relation is PostgreSQL's" };
  const plan = rendered(secureRelations(query, markedScan));
  if (plan instanceof LensError) return { kind: "refused", reason: plan.message };
  const numbers = plan.parameters.map((parameter) => parameter.number ?? 0);
  if (numbers.some((number) => number < 1))
    return { kind: "refused", reason: "a value of the session is bound" };
  let second: Uint8Array;
  try {
    second = await trees.dump(plan.sql);
  } catch (error) {
    if (isOfKey(error)) return { kind: "refused", reason: "a key determines a column: the compiler adds it" };
    throw new Error(`${sql}\n--\n${plan.sql}`, { cause: error });
  }
  const again = readTree(parseTree(second), { text: plan.sql });
  return {
    kind: "printed",
    sql: plan.sql,
    before: normalForm(plainTree(query, []) as Query),
    after: normalForm(plainTree(again, numbers) as Query),
  };
}

/** OIDs of PostgreSQL's own objects end below this one. */
const firstOwnOid = 16384;

function readsCatalog(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(readsCatalog);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return false;
  if ("relationOid" in value && "kind" in value && Number(value.relationOid) < firstOwnOid) return true;
  return Object.values(value).some(readsCatalog);
}

/** A primary key determines the columns of its relation, but not those of a subquery over it. */
function isOfKey(error: unknown): boolean {
  return error instanceof Error && error.message.includes("must appear in the GROUP BY clause");
}

/** Told from subqueries of the statement's own by an OFFSET. */
function markedScan(entry: RelationEntry): SecuredScan {
  const names = entry.columns.map((column) => column.name);
  const name = relationName(entry);
  return { ...wholeScan(name, names), baseSql: `SELECT * FROM ${quoteIdentifier(name)} OFFSET 0` };
}

const names = new Map<number, string>();

/** The entry's name is the client's alias: the relation's own is found by its oid. */
function relationName(entry: RelationEntry): string {
  return names.get(entry.relationOid) ?? entry.name;
}

/** Looks up what the relations of the database are called. */
export async function nameRelations(trees: DumpSource): Promise<void> {
  const { rows } = await trees.database.query<{ oid: number; name: string }>(
    "select c.oid::int as oid, c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'",
  );
  names.clear();
  for (const { oid, name } of rows) names.set(oid, name);
}

function rendered(query: Query) {
  try {
    return render({ query } as Parameters<typeof render>[0], postgresDialect, utc);
  } catch (error) {
    if (error instanceof LensError) return error;
    throw error;
  }
}

/**
 * The tree without collations, which the renderer writes by a rule of its own, with the scans of relations as
 * relations, and with the parameters' own numbers.
 */
function plainTree(value: unknown, numbers: readonly number[]): unknown {
  if (Array.isArray(value)) return value.map((item) => plainTree(item, numbers));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  if ("kind" in value) {
    if (value.kind === "CollateExpr" && "arg" in value) return plainTree(value.arg, numbers);
    if (value.kind === "subquery") {
      const relation = scannedRelation(value as SubqueryEntry);
      if (relation !== undefined) return { ...relation, id: (value as SubqueryEntry).id };
    }
    if (value.kind === "Param") {
      const { number } = value as Param;
      return { ...value, number: numbers[number - 1] ?? number };
    }
  }
  const plain = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, plainTree(item, numbers)]),
  );
  return (plain["kind"] === "subquery" && wrappedValues(plain as unknown as SubqueryEntry)) || plain;
}

/** The VALUES under a subquery that yields all its columns: PostgreSQL puts one round each. */
function wrappedValues(entry: SubqueryEntry): ValuesEntry | undefined {
  const { query } = entry;
  const values = onlyEntry(query);
  const isPlain = query.orderBy.length === 0 && query.limit === undefined && query.offset === undefined;
  if (values?.kind !== "values" || !isPlain || query.targets.length !== values.columns.length)
    return undefined;
  const isWhole = query.targets.every(
    ({ expression }, index) => expression.kind === "Var" && expression.column === index + 1,
  );
  return isWhole ? { ...values, id: entry.id } : undefined;
}

/** The relation under `SELECT columns FROM (SELECT * FROM relation)`. */
function scannedRelation(entry: SubqueryEntry): RelationEntry | undefined {
  const base = onlyEntry(entry.query);
  if (base?.kind !== "subquery" || base.query.offset === undefined) return undefined;
  const relation = onlyEntry(base.query);
  return relation?.kind === "relation" ? relation : undefined;
}

function onlyEntry(query: Query) {
  const [item] = query.from;
  return query.from.length === 1 && item?.kind === "entry" && query.where === undefined
    ? item.entry
    : undefined;
}
