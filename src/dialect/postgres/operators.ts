// Operators in PostgreSQL: its own, between operands that compare by code point and in the session's zone.
import { type OperatorId, operators as offeredOperators } from "../../query/offered-functions.ts";
import { elementType, oids } from "../../query/type-oids.ts";
import type { Call, Rendering } from "../dialect.ts";
import { isUtc } from "../utc.ts";
import { comparable, withLetters } from "./collation.ts";
import { nativeCalls } from "./functions.ts";
import { addToInstant } from "./time.ts";
import { instantOf, joinsByZone } from "./time-zone.ts";
import { asText } from "./values-as-text.ts";

/** The operator as it is looked up: where any type fits, an extension's for one type must not come first. */
function spelt(name: string, types: readonly number[]): string {
  return types.some((type) => elementType(type) !== undefined) ? `OPERATOR(pg_catalog.${name})` : name;
}

function printed(name: string, args: readonly string[], types: readonly number[]): string {
  const operator = spelt(name, types);
  const [left, right] = args;
  // The space keeps two signs from being a comment.
  return args.length === 1 ? `(${operator} ${left})` : `(${left} ${operator} ${right})`;
}

function native(name: string): Rendering {
  return (call) => printed(name, call.args, call.types);
}

/** Both sides as they compare: a time without a zone beside one with a zone is the session's. */
export function comparedSides(
  args: readonly string[],
  call: Pick<
    Call,
    "types" | "settings" | "server" | "location" | "refuse" | "print" | "sources" | "boundValue"
  >,
): readonly string[] {
  const [left = 0, right = 0] = call.types;
  if (!joinsByZone(left, right) || isUtc(call.settings.timeZone)) return args;
  return args.map((text, index) => instantOf(text, call.types[index] ?? 0, call, call.location));
}

function equality(name: string): Rendering {
  return (call) => printed(name, comparedSides(call.args, call), call.types);
}

function order(name: string): Rendering {
  return (call) => {
    const [left = "", right = ""] = comparedSides(call.args, call);
    return printed(name, [comparable(left, call.types[0] ?? 0), right], call.types);
  };
}

/** LIKE in any case and regular expressions ask which letters there are. */
function letters(name: string): Rendering {
  return (call) => {
    const args = call.args.map((text, index) =>
      withLetters(text, call.types[index] ?? 0, call, call.location),
    );
    return printed(name, args, call.types);
  };
}

function moved(sign: "+" | "-"): Rendering {
  return (call) => {
    const at = call.types.indexOf(oids.timestamptz);
    if (at < 0 || isUtc(call.settings.timeZone)) return printed(sign, call.args, call.types);
    return addToInstant(sign, call.arg(at), call.arg(1 - at), call);
  };
}

const concatenateAny: Rendering = (call) => `(${asText(call, 0)} OPERATOR(pg_catalog.||) ${asText(call, 1)})`;

const special = {
  equal: equality("="),
  notEqual: equality("<>"),
  less: order("<"),
  lessOrEqual: order("<="),
  greater: order(">"),
  greaterOrEqual: order(">="),
  addInterval: moved("+"),
  subtractInterval: moved("-"),
  plus: native("+"),
  concatenateAny,
  ilike: letters("~~*"),
  notIlike: letters("!~~*"),
  matches: letters("~"),
  notMatches: letters("!~"),
  matchesAnyCase: letters("~*"),
  notMatchesAnyCase: letters("!~*"),
} as const satisfies Partial<Record<OperatorId, Rendering>>;

export const operators: Readonly<Record<OperatorId, Rendering>> = {
  ...nativeCalls<OperatorId, Rendering>(offeredOperators, native),
  ...special,
};

/** The operator's own name, for places where it stands between a value and many. */
export function operatorName(id: OperatorId): string {
  return offeredOperators[id].name;
}
