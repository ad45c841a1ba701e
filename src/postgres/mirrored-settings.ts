// The session settings that an embedded instance is given; all others stay the prepared directory's, so that nothing a
// client says can reach a setting that only the instance's superuser may change.

/** What the analysis of a statement depends on: in every key of a plan. */
export const analysisSettings = [
  "TimeZone",
  "DateStyle",
  "IntervalStyle",
  "bytea_output",
  "search_path",
] as const;

/** What the answer of a catalog statement depends on besides. */
export const catalogSettings = [
  ...analysisSettings,
  "application_name",
  "default_transaction_isolation",
  "extra_float_digits",
  "jit",
  "quote_all_identifiers",
  "xmloption",
] as const;

const mirrored: ReadonlySet<string> = new Set(catalogSettings.map((name) => name.toLowerCase()));

export function isMirroredSetting(name: string): boolean {
  return mirrored.has(name.toLowerCase());
}

/** Those of the given settings that an instance takes, by lower-case name. */
export function mirroredSettings(settings: Readonly<Record<string, string>>): Map<string, string> {
  const taken = new Map<string, string>();
  for (const [name, value] of Object.entries(settings)) {
    const key = name.toLowerCase();
    if (mirrored.has(key)) taken.set(key, value);
  }
  return taken;
}

/** The current values of the named settings, for a statement that is sent to an instance. */
export function readSettings(
  names: readonly string[],
  reader: { get(name: string): string | undefined },
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = reader.get(name);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
