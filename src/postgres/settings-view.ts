// pg_settings shows what the session has set: the instance's own rows with the session's values in them.

const columns = [
  ...["name text", "setting text", "unit text", "category text", "short_desc text", "extra_desc text"],
  ...["context text", "vartype text", "source text", "min_val text", "max_val text", "enumvals text[]"],
  ...["boot_val text", "reset_val text", "sourcefile text", "sourceline integer", "pending_restart boolean"],
];

/** What one of a unit is, in milliseconds and in bytes. */
const unitSizes: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  B: 1,
  kB: 1024,
  "8kB": 8192,
  MB: 1024 ** 2,
  GB: 1024 ** 3,
  TB: 1024 ** 4,
};

function sizeOf(unit: string): string {
  const cases = Object.entries(unitSizes).map(([name, size]) => `WHEN '${name}' THEN ${size}`);
  return `(CASE ${unit} ${cases.join(" ")} END)`;
}

/** What SHOW prints (`5min`) as a number of the column's unit. */
function inUnit(shown: string): string {
  const unit = `pg_catalog."substring"(${shown}, '[A-Za-z]+$')`;
  const number = `pg_catalog."substring"(${shown}, '^-?[0-9]+')::pg_catalog.numeric`;
  return (
    `CASE WHEN unit IS NULL OR ${unit} IS NULL THEN ${shown} ` +
    `ELSE pg_catalog.trunc(${number} * ${sizeOf(unit)} / ${sizeOf("unit")})::pg_catalog.text END`
  );
}

const shownColumns = columns.map((column) => {
  const [name = ""] = column.split(" ");
  switch (name) {
    case "setting":
      return inUnit("coalesce(said.value, setting)");
    case "reset_val":
      return inUnit("coalesce(said.reset, reset_val)");
    case "source":
      return "coalesce(said.source, known.source)";
    case "name":
      return "known.name";
    default:
      return name;
  }
});

/**
 * Under its own oid, over PostgreSQL's own function under another name. The instance is told the session's settings in
 * JSON where a statement reads them.
 */
export const allSettingsSql: readonly string[] = [
  `CREATE FUNCTION pg_catalog.lenswire_settings(${columns.map((column) => `OUT ${column}`).join(", ")})
   RETURNS SETOF record LANGUAGE internal STABLE STRICT AS 'show_all_settings'`,
  `CREATE OR REPLACE FUNCTION pg_catalog.pg_show_all_settings(${columns.map((column) => `OUT ${column}`).join(", ")})
   RETURNS SETOF record LANGUAGE sql STABLE AS $function$
   SELECT ${shownColumns.join(", ")} FROM pg_catalog.lenswire_settings() AS known
   LEFT JOIN pg_catalog.json_to_recordset(
     coalesce(nullif(pg_catalog.current_setting('lenswire.said', true), ''), '[]')::pg_catalog.json
   ) AS said(key text, value text, reset text, source text) ON said.key = pg_catalog.lower(known.name) $function$`,
];
