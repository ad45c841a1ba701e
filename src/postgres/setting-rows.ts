// Rows that the engine has and an instance has not, told to it in settings of ours.

/**
 * The function of no arguments whose rows are a setting, an array of objects in JSON. It reads the setting itself: what
 * a client sets by that name is nobody's rows.
 */
export function rowsOfSettingSql(name: string, setting: string, columns: readonly string[]): string {
  return `CREATE OR REPLACE FUNCTION pg_catalog.${name}(${columns.map((column) => `OUT ${column}`).join(", ")})
   RETURNS SETOF record LANGUAGE sql STABLE AS $function$
   SELECT * FROM pg_catalog.json_to_recordset(
     coalesce(nullif(pg_catalog.lenswire_setting('${setting}', true), ''), '[]')::pg_catalog.json
   ) AS listed(${columns.join(", ")}) $function$`;
}
