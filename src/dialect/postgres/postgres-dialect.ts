// PostgreSQL as a dialect: its parts, put together.
import type { ServerTraits } from "../../server-traits.ts";
import type { Dialect } from "../dialect.ts";
import { aggregates, modelAggregates, windowFunctions } from "./aggregates.ts";
import { anyOfArray, array, mapArray, slice, subscript } from "./arrays.ts";
import { cast } from "./casts.ts";
import { comparable } from "./collation.ts";
import { forms, functionEntry } from "./forms.ts";
import { functions } from "./functions.ts";
import { builtIn, quoteIdentifier, textLiteral } from "./identifiers.ts";
import { literal } from "./literals.ts";
import { operators } from "./operators.ts";
import { raise } from "./raise.ts";
import { setFunctions } from "./set-functions.ts";
import { typeName } from "./types.ts";
import { missingFunction, newestServer } from "./versions.ts";

/** Renders for PostgreSQL as the driver opens it: read-only, at UTC, ISO, MDY and postgres. */
export function postgresDialectFor(server: ServerTraits): Dialect {
  return {
    ...parts,
    server,
    missingFunction: (oid) => missingFunction(oid, server),
    modelAggregate: modelAggregates(server),
  };
}

const parts: Omit<Dialect, "modelAggregate"> = {
  kind: "postgres",
  sqlBytesMax: 16 * 1024 * 1024,
  // PostgreSQL's own parser ends a statement at a stack of 2 MB: some thousands of levels.
  expressionDepthMax: 1000,
  quoteIdentifier,
  textLiteral,
  literal,
  parameter: (position, type) => {
    const name = typeName(type, -1);
    return name === undefined ? `$${position}` : `CAST($${position} AS ${name})`;
  },
  typeName,
  cast,
  conform: (value, type, modifier) => {
    const name = typeName(type, modifier);
    return name === undefined ? value : `CAST(${value} AS ${name})`;
  },
  operators,
  functions,
  aggregates,
  windowFunctions,
  setFunctions,
  md5: (value) => builtIn("md5", [value]),
  array,
  subscript,
  slice,
  mapArray,
  anyOfArray,
  arrayOfQuery: (query) => `ARRAY(${query})`,
  numbersTo: (count) => builtIn("generate_series", ["1", `CAST(${count} AS bigint)`]),
  raise,
  forms,
  functionEntry,
  comparable,
  has: {
    withTies: true,
    anyOuterJoin: true,
    recursiveCtes: true,
    groupsFrame: true,
    nestedArrays: true,
    checkedRowCounts: true,
    convertedArms: true,
    reorderedConditions: true,
  },
};

/** For a server of the newest version. */
export const postgresDialect = postgresDialectFor(newestServer);
