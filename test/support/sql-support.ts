// What each dialect makes of everything offered: the document docs/sql-support.md, found out by rendering a call of
// each signature, over columns where that is possible and over literals where it is not.
import type { Dialect } from "../../src/dialect/dialect.ts";
import { render } from "../../src/dialect/render.ts";
import { LensError } from "../../src/errors.ts";
import {
  aggregates,
  functions,
  operators,
  setFunctions,
  windowFunctions,
} from "../../src/query/offered-functions.ts";
import type { Offered } from "../../src/query/offered-signature.ts";
import type { Expression, Query } from "../../src/query/query.ts";
import { oids } from "../../src/query/type-oids.ts";

const settings = { timeZone: "UTC", dateStyle: "ISO, MDY", intervalStyle: "postgres", byteaOutput: "hex" };

const typeOids: Readonly<Record<string, number>> = {
  ...oids,
  boolean: oids.bool,
  smallint: oids.int2,
  integer: oids.int4,
  bigint: oids.int8,
  real: oids.float4,
  "double precision": oids.float8,
  "double precision[]": 1022,
  '"any"': oids.text,
  anyelement: oids.int4,
  anynonarray: oids.int4,
  anycompatible: oids.int4,
  anyarray: 1007,
  anycompatiblearray: 1007,
};

function typeOid(name: string): number {
  const oid = typeOids[name];
  if (oid === undefined) throw new Error(`a signature has the unknown type ${name}`);
  return oid;
}

function typesOf(args: string): readonly number[] {
  return args === "" ? [] : args.split(", ").map(typeOid);
}

/** Literals that one function or other takes in the place of an argument, by type. */
const literals: Readonly<Record<number, readonly Expression[]>> = {
  [oids.text]: ["x", "i", "UTC", "day", "hour", "999", "YYYY-MM", "hex", "%s"].map((value) =>
    constant(oids.text, value),
  ),
  [oids.name]: [constant(oids.name, "UTF8")],
  [oids.int4]: [constant(oids.int4, 1)],
  [oids.float8]: [constant(oids.float8, 0.5)],
  [oids.interval]: [constant(oids.interval, { months: 0, days: 1, micros: 0n })],
  1022: [constant(1022, [0.5])],
};

function constant(type: number, value: unknown): Expression {
  return { kind: "Const", type, modifier: -1, location: 0, value } as Expression;
}

type Call = (args: readonly Expression[]) => Expression;

/** `yes`, or why not; `literal` names the arguments (from 1) that must be literals. */
type Support =
  | { readonly kind: "yes" }
  | { readonly kind: "literal"; readonly places: readonly number[] }
  | { readonly kind: "no"; readonly reason: string };

function supportOf(dialect: Dialect, types: readonly number[], call: Call): Support {
  const columns = types.map((type, index): Expression => column(index + 1, type));
  const reason = refusal(dialect, types, call(columns));
  if (reason === undefined) return { kind: "yes" };
  const subsets = Array.from({ length: 2 ** types.length - 1 }, (_, index) => index + 1)
    .map((bits) => types.flatMap((_, place) => ((bits >> place) & 1 ? [place] : [])))
    .filter((places) => places.length <= literalsMax)
    .sort((a, b) => a.length - b.length);
  for (const places of subsets) {
    for (const args of withLiterals(columns, places)) {
      if (refusal(dialect, types, call(args)) === undefined)
        return { kind: "literal", places: places.map((place) => place + 1) };
    }
  }
  return { kind: "no", reason };
}

/** Arguments of one call that are tried as literals, and choices for each where there are as many. */
const literalsMax = 3;
const manyChoicesMax = 4;

/** The columns with each choice of literals in some places. */
function withLiterals(
  columns: readonly Expression[],
  places: readonly number[],
): readonly (readonly Expression[])[] {
  let choices: (readonly Expression[])[] = [columns];
  for (const place of places) {
    const all = literals[columns[place]?.type ?? 0] ?? [];
    const values = places.length === literalsMax ? all.slice(0, manyChoicesMax) : all;
    choices = choices.flatMap((args) =>
      values.map((value) => args.map((arg, index) => (index === place ? value : arg))),
    );
  }
  return choices;
}

function column(place: number, type: number): Expression {
  return { kind: "Var", entry: 2, column: place, type, modifier: -1, location: 0 };
}

/** Why the expression is not rendered; undefined where it is. */
function refusal(dialect: Dialect, types: readonly number[], expression: Expression): string | undefined {
  const rows = [
    types.map((type, index): Expression => ({ kind: "Param", number: index + 1, type, location: 0 })),
  ];
  const columns = types.map((type, index) => ({ name: `c${index + 1}`, type, modifier: -1 }));
  const from = [
    { kind: "entry", entry: { kind: "values", id: 2, name: "v", columns, lateral: false, rows } },
  ] as const;
  const query: Query = {
    kind: "Query",
    id: 1,
    ctes: [],
    recursive: false,
    from: types.length === 0 ? [] : from,
    where: undefined,
    targets: [{ expression, name: "x", junk: false, origin: undefined }],
    group: undefined,
    having: undefined,
    hasAggregates: false,
    windows: expression.kind === "WindowFunc" ? [{ partitionBy: [], orderBy: [], frame: undefined }] : [],
    distinct: undefined,
    orderBy: [],
    limit: undefined,
    withTies: false,
    offset: undefined,
    setOperation: undefined,
  };
  try {
    render({ query } as Parameters<typeof render>[0], dialect, settings);
    return undefined;
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    return error.message.replace(" is not supported on tables of this lens", "");
  }
}

const common = { location: 0, modifier: -1 } as const;

function functionCall(oid: number, types: readonly number[], returnsSet: boolean): Call {
  // Results of type integer may stand anywhere; only shifts and functions of whole numbers look at their own.
  const type = returnsSet ? (types[0] ?? oids.int4) : (types[0] ?? oids.float8);
  return (args) =>
    ({
      kind: "FuncExpr",
      type,
      ...common,
      function: oid,
      args,
      format: "call",
      returnsSet,
      variadic: false,
    }) as unknown as Expression;
}

function operatorCall(oid: number, types: readonly number[]): Call {
  return (args) =>
    ({ kind: "OpExpr", type: types[0] ?? oids.bool, ...common, operator: oid, args }) as Expression;
}

const withinGroup = new Set(["mode", "percentile_cont", "percentile_disc"]);

function aggregateCall(oid: number, name: string, types: readonly number[]): Call {
  return (all) => {
    const direct = withinGroup.has(name) ? all.slice(0, -1) : [];
    const args = all.slice(direct.length);
    const orderBy = withinGroup.has(name)
      ? args.map((expression) => ({ expression, descending: false, nullsFirst: false }))
      : [];
    return {
      kind: "Aggref",
      type: types.at(-1) ?? oids.int8,
      ...common,
      function: oid,
      args,
      directArgs: direct,
      aggregateKind: withinGroup.has(name) ? "orderedSet" : "normal",
      star: types.length === 0,
      distinct: false,
      orderBy,
      filter: undefined,
      variadic: false,
    } as unknown as Expression;
  };
}

function windowCall(oid: number, types: readonly number[]): Call {
  return (args) =>
    ({
      kind: "WindowFunc",
      type: types[0] ?? oids.int8,
      ...common,
      function: oid,
      args,
      window: 0,
      star: false,
      aggregate: false,
      filter: undefined,
    }) as unknown as Expression;
}

/** A row for each entry: its name, its signatures, what each dialect makes of it. */
function rowsOf(
  list: Readonly<Record<string, Offered>>,
  dialects: readonly Dialect[],
  call: (oid: number, types: readonly number[], name: string) => Call,
): readonly string[] {
  return Object.values(list).map((entry) => {
    const shapes = entry.signatures.map(({ args }) => (args === "" ? "()" : `(${args.replaceAll('"', "")})`));
    const cells = dialects.map((dialect) => {
      const found = entry.signatures.map(({ oid, args }) => {
        const types = typesOf(args);
        return supportOf(dialect, types, call(oid, types, entry.name));
      });
      return cell(shapes, found);
    });
    const name = escaped(entry.name);
    const listed =
      shapes.length > 4 ? `${shapes.length} signatures` : shapes.map((shape) => `\`${shape}\``).join(", ");
    return `| \`${name}\` | ${listed} | ${cells.join(" | ")} |`;
  });
}

function cell(shapes: readonly string[], found: readonly Support[]): string {
  const groups = new Map<string, string[]>();
  found.forEach((support, index) => {
    const text = shown(support);
    groups.set(text, [...(groups.get(text) ?? []), shapes[index] ?? ""]);
  });
  if (groups.size === 1) return shown(found[0] ?? { kind: "yes" });
  return [...groups]
    .map(([text, of]) =>
      text === "yes" ? "yes" : `${of.map((shape) => `\`${shape}\``).join(", ")}: ${text}`,
    )
    .join("; ");
}

function shown(support: Support): string {
  switch (support.kind) {
    case "yes":
      return "yes";
    case "literal":
      return `with ${support.places.length === 1 ? "argument" : "arguments"} ${support.places.join(" and ")} as a literal`;
    case "no":
      return `refused: ${escaped(support.reason)}`;
    default:
      return support satisfies never;
  }
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}

const numberTypes = ["smallint", "integer", "bigint", "numeric", "real", "double precision"];
/** The casts that PostgreSQL has between the types that are offered, but for those of a type to itself. */
const casts: Readonly<Record<string, readonly string[]>> = {
  boolean: ["integer", "text"],
  ...Object.fromEntries(
    numberTypes.map((type) => [
      type,
      [...numberTypes.filter((other) => other !== type), ...(type === "integer" ? ["boolean"] : []), "text"],
    ]),
  ),
  text: [
    "boolean",
    ...numberTypes,
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "interval",
    "uuid",
    "bytea",
    "json",
  ],
  date: ["timestamp", "timestamptz", "text"],
  time: ["interval", "text"],
  timestamp: ["date", "time", "timestamptz", "text"],
  timestamptz: ["date", "time", "timestamp", "text"],
  interval: ["time", "text"],
  uuid: ["text"],
  bytea: ["text"],
  json: ["text"],
};

function castRows(dialects: readonly Dialect[]): readonly string[] {
  return Object.entries(casts).map(([from, targets]) => {
    const cells = dialects.map((dialect) => {
      const refused = targets.flatMap((to) => {
        const cast = {
          kind: "CastTo",
          type: typeOid(to),
          ...common,
          arg: column(1, typeOid(from)),
        } as Expression;
        const reason = refusal(dialect, [typeOid(from)], cast);
        return reason === undefined ? [] : [`\`${to}\``];
      });
      return refused.length === 0 ? "yes" : `not to ${refused.join(", ")}`;
    });
    return `| \`${from}\` | ${targets.map((to) => `\`${to}\``).join(", ")} | ${cells.join(" | ")} |`;
  });
}

/** The whole document. */
export function sqlSupport(dialects: readonly Dialect[], names: readonly string[]): string {
  const table = (title: string, what: string, rows: readonly string[]) =>
    [
      `## ${title}`,
      "",
      `| ${what} | ${names.join(" | ")} |`,
      `|${"---|".repeat(what.split("|").length + names.length)}`,
      ...rows,
      "",
    ].join("\n");
  return [
    "# SQL that a lens takes, warehouse by warehouse",
    "",
    "Written by `npm run docs:support` from the lists of what is offered (`src/query/offered-*.ts`) and what each dialect",
    "makes of it; a test fails when it is not up to date. `yes` means PostgreSQL's own meaning, compared with a real",
    "PostgreSQL in `test/unit/dialect`. What is refused is 0A000 with its place in the statement and a hint. Functions of",
    "PostgreSQL that are not listed are 0A000 on tables of a lens, and can be called in statements that read none.",
    "",
    table(
      "Functions",
      "function | of",
      rowsOf(functions, dialects, (oid, types) => functionCall(oid, types, false)),
    ),
    table(
      "Set-returning functions",
      "function | of",
      rowsOf(setFunctions, dialects, (oid, types) => functionCall(oid, types, true)),
    ),
    table("Operators", "operator | of", rowsOf(operators, dialects, operatorCall)),
    table(
      "Aggregates",
      "aggregate | of",
      rowsOf(aggregates, dialects, (oid, types, name) => aggregateCall(oid, name, types)),
    ),
    table("Window functions", "function | of", rowsOf(windowFunctions, dialects, windowCall)),
    table("Casts", "from | to", castRows(dialects)),
  ].join("\n");
}
