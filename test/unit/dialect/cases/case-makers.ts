// Short ways to write a case down.
import type { Case } from "../compare.ts";

/** Over the edge values of the types. */
export function over(expression: string, ...types: readonly string[]): Case {
  return { expression, types };
}

/** The same, equal to 14 significant digits. */
export function approximately(expression: string, ...types: readonly string[]): Case {
  return { expression, types, approximate: true };
}

/** Over values of the case's own; undefined for the type's edge values. */
export function overValues(
  expression: string,
  types: readonly string[],
  ...values: readonly (readonly (string | null)[] | undefined)[]
): Case {
  return { expression, types, values };
}

/** Both of these. */
export function aboutValues(
  expression: string,
  types: readonly string[],
  ...values: readonly (readonly (string | null)[] | undefined)[]
): Case {
  return { expression, types, values, approximate: true };
}
