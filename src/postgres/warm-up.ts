// What an instance runs once before it serves: PostgreSQL reads the catalog's own descriptions when they are first needed,
// and WebAssembly is compiled function by function. A tool's first question took ten times as long as its second.
import type { Instance } from "./instance.ts";

/** Statements of the kinds that tools begin with; nobody reads their rows. */
const statements = [
  `SELECT n.nspname, c.relname, CASE c.relkind WHEN 'r' THEN 'table' ELSE 'other' END, d.description, c.relacl
   FROM pg_catalog.pg_class c LEFT JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
   LEFT JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.objsubid = 0
     AND d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass
   WHERE c.relkind IN ('r', 'v', 'm') AND n.nspname LIKE 'public' AND n.nspname !~ '^pg_toast'
     AND pg_catalog.pg_table_is_visible(c.oid) ORDER BY 1, 2 LIMIT 5`,
  `SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), t.typname, a.attnotnull,
     pg_catalog.pg_get_expr(ad.adbin, ad.adrelid), pg_catalog.col_description(a.attrelid, a.attnum),
     row_number() OVER (PARTITION BY a.attrelid ORDER BY a.attnum)
   FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON a.attrelid = c.oid
   JOIN pg_catalog.pg_type t ON a.atttypid = t.oid
   LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
   WHERE a.attnum > 0 AND NOT a.attisdropped AND c.oid = 'pg_catalog.pg_am'::pg_catalog.regclass`,
  `SELECT con.conname, pg_catalog.pg_get_constraintdef(con.oid), i.indkey, am.amname, k.n
   FROM pg_catalog.pg_constraint con LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = con.conindid
   LEFT JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid LEFT JOIN pg_catalog.pg_am am ON am.oid = c.relam
   CROSS JOIN pg_catalog.generate_series(1, 2) AS k (n) WHERE con.contype IN ('p', 'f') AND i.indkey[0] = 1 LIMIT 1`,
  `SELECT typ.oid, typ.typname, elem.typname, proc.proname, r.rngsubtype, e.enumlabel
   FROM pg_catalog.pg_type typ LEFT JOIN pg_catalog.pg_proc proc ON proc.oid = typ.typreceive
   LEFT JOIN pg_catalog.pg_type elem ON elem.oid = typ.typelem LEFT JOIN pg_catalog.pg_range r ON r.rngtypid = typ.oid
   LEFT JOIN pg_catalog.pg_enum e ON e.enumtypid = typ.oid WHERE typ.oid = 1009`,
  "SELECT datname, pg_catalog.pg_get_userbyid(datdba), pg_catalog.pg_encoding_to_char(encoding) FROM pg_catalog.pg_database",
  "SELECT rolname, rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user",
  "SELECT name, setting FROM pg_catalog.pg_settings WHERE name = 'max_index_keys'",
  "SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE table_schema = 'public' LIMIT 1",
  `SELECT column_name, data_type, is_nullable, column_default FROM information_schema.columns
   WHERE table_schema = 'pg_catalog' AND table_name = 'pg_am'`,
  `SELECT tc.constraint_name, kcu.column_name FROM information_schema.table_constraints tc
   JOIN information_schema.key_column_usage kcu USING (constraint_schema, constraint_name)
   LEFT JOIN information_schema.referential_constraints rc USING (constraint_schema, constraint_name)
   WHERE tc.table_schema = 'public' LIMIT 1`,
] as const;

export async function warmUp(instance: Instance): Promise<void> {
  for (const statement of statements) await instance.run(statement);
}
