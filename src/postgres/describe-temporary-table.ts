// What a temporary table is, read from the catalog: after a statement of a client has made or altered it.
import type { ConstraintKind, TemporaryIndex } from "../temporary-table.ts";
import type { Instance } from "./instance.ts";
import { quoteText } from "./quoting.ts";

export interface TableDescription {
  readonly columns: readonly ColumnDescription[];
  /** In the order in which they were made. */
  readonly constraints: readonly ConstraintDescription[];
  readonly indexes: readonly TemporaryIndex[];
  /** Whether its defaults, constraints and indexes need nothing but itself and what every instance has. */
  readonly isSelfContained: boolean;
}

export interface ColumnDescription {
  readonly name: string;
  readonly typeOid: number;
  readonly typeModifier: number;
  readonly notNull: boolean;
  readonly default: string | null;
  /** Whether it has a collation of its own, is an IDENTITY, or GENERATED. */
  readonly isCollated: boolean;
  readonly isIdentity: boolean;
  readonly isGenerated: boolean;
}

export interface ConstraintDescription {
  readonly name: string;
  readonly kind: ConstraintKind | "f";
  readonly definition: string;
  /** Whether it holds for the rows that are there. */
  readonly isValid: boolean;
  /** Whether it is looked at when the transaction ends. */
  readonly isDeferred: boolean;
}

const columnsSql = `SELECT json_agg(json_build_object(
    'name', a.attname, 'typeOid', a.atttypid::int8, 'typeModifier', a.atttypmod, 'notNull', a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'isCollated', a.attcollation <> t.typcollation, 'isIdentity', a.attidentity <> '', 'isGenerated', a.attgenerated <> ''
  ) ORDER BY a.attnum)
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const constraintsSql = `SELECT json_agg(json_build_object(
    'name', conname, 'kind', contype, 'definition', pg_get_constraintdef(oid),
    'isValid', convalidated, 'isDeferred', condeferred
  ) ORDER BY oid)
  FROM pg_constraint WHERE conrelid = c.oid`;

const indexesSql = `SELECT json_agg(json_build_object(
    'name', n.relname, 'isUnique', i.indisunique, 'definition', pg_get_indexdef(i.indexrelid)
  ) ORDER BY i.indexrelid)
  FROM pg_index i JOIN pg_class n ON n.oid = i.indexrelid
  WHERE i.indrelid = c.oid AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)`;

const firstNormalOid = 16_384;

const selfContainedSql = `NOT EXISTS (SELECT FROM pg_depend d
  WHERE (d.classid, d.objid) IN (
    SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef WHERE adrelid = c.oid
    UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = c.oid
    UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = c.oid)
  AND d.refobjid >= ${firstNormalOid} AND (d.refclassid, d.refobjid) NOT IN (
    SELECT 'pg_class'::regclass, c.oid
    UNION ALL SELECT 'pg_class'::regclass, indexrelid FROM pg_index WHERE indrelid = c.oid
    UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint WHERE conrelid = c.oid))`;

/** A TableDescription as JSON; undefined where there is no such table. */
export async function describeTemporaryTable(instance: Instance, name: string): Promise<string | undefined> {
  const rows = await instance.run(
    // As constants are read in any session.
    "SET LOCAL datestyle = iso; SET LOCAL intervalstyle = postgres; SET LOCAL extra_float_digits = 1; " +
      "SET LOCAL search_path = pg_catalog; " +
      `SELECT json_build_object('columns', coalesce((${columnsSql}), '[]'), ` +
      `'constraints', coalesce((${constraintsSql}), '[]'), 'indexes', coalesce((${indexesSql}), '[]'), ` +
      `'isSelfContained', ${selfContainedSql}) ` +
      `FROM pg_class c WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' AND relname = ${quoteText(name)}`,
  );
  return rows[0]?.[0] ?? undefined;
}
