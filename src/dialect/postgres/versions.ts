// What PostgreSQL servers before the newest do not have.
import type { ServerTraits } from "../../server-traits.ts";

/** The newest server: what the dialect is written for where nobody says otherwise. */
export const newestServer: ServerTraits = {
  majorVersion: 18,
  lettersCollation: "pg_catalog.pg_c_utf8",
};

/** The first version that has a function, by the function's OID. Everything else is in 14, the oldest that we open. */
const firstVersions: ReadonlyMap<number, number> = new Map([
  ...versioned(15, [6251, 6252, 6253], [6254, 6255, 6256], [6263, 6264], [6265, 6266, 6267, 6268, 6269]),
  ...versioned(16, [6221, 6222, 6223, 6273], [6274]),
  ...versioned(17, [6339, 6340, 6341]),
  ...versioned(18, [6381], [6395, 6396]),
]);

function versioned(version: number, ...functions: readonly (readonly number[])[]): [number, number][] {
  return functions.flat().map((oid) => [oid, version]);
}

/** Why the server has no such function, as a hint; undefined where it has it, or another form is written for it. */
export function missingFunction(oid: number, server: ServerTraits): string | undefined {
  const first = firstVersions.get(oid);
  if (first === undefined || server.majorVersion >= first) return undefined;
  return `The warehouse is PostgreSQL ${server.majorVersion}, and this function is there from version ${first} on.`;
}

/** any_value(), and mode() in its place: of a group's values that are not NULL, one. */
export function hasAnyValue(server: ServerTraits): boolean {
  return server.majorVersion >= 16;
}

/** date_add() and generate_series() in a zone. */
export function hasZonedArithmetic(server: ServerTraits): boolean {
  return server.majorVersion >= 16;
}

export function hasInputCheck(server: ServerTraits): boolean {
  return server.majorVersion >= 16;
}
