// Random statements over columns of all types, of everything that clients are offered: what a renderer has to print so
// that PostgreSQL reads the same tree.
import { aggregates, functions, operators } from "../../../src/query/offered-functions.ts";
import type { Offered } from "../../../src/query/offered-signature.ts";
import type { Draw } from "../../fuzz/draw.ts";
import type { DumpSource } from "../query/analysed-dump.ts";

/** The columns of `v`, each called after its type's place. */
const types = [
  "boolean",
  "smallint",
  "integer",
  "bigint",
  "numeric",
  "real",
  "double precision",
  "text",
  "date",
  "time",
  "timestamp",
  "timestamptz",
  "interval",
  "uuid",
  "bytea",
  "integer[]",
  "text[]",
] as const;

type TypeName = (typeof types)[number];

const isKnown = (name: string): name is TypeName => (types as readonly string[]).includes(name);

/** timezone() of one argument is printed as the cast that it is: PostgreSQL before 17 has no function of it. */
const printedOtherwise: ReadonlySet<number> = new Set([6334, 6335]);

interface Callable {
  readonly call: (args: readonly string[]) => string;
  readonly args: readonly TypeName[];
}

export interface Vocabulary {
  readonly values: ReadonlyMap<TypeName, readonly Callable[]>;
  readonly aggregates: ReadonlyMap<TypeName, readonly Callable[]>;
}

/** What is offered by the type of its result, which PostgreSQL says. */
export async function readVocabulary({ database }: DumpSource): Promise<Vocabulary> {
  const { rows } = await database.query<{ oid: number; result: string }>(
    "select oid::int as oid, format_type(prorettype, -1) as result from pg_proc union all select o.oid::int, format_type(oprresult, -1) from pg_operator o",
  );
  const results = new Map(rows.map(({ oid, result }) => [oid, shortName(result)]));
  const collect = (list: Readonly<Record<string, Offered>>, spell: (name: string) => Callable["call"]) => {
    const found = new Map<TypeName, Callable[]>();
    for (const { name, signatures } of Object.values(list)) {
      for (const { oid, args } of signatures) {
        const names = args === "" ? [] : args.split(", ");
        const result = results.get(oid) ?? "";
        if (printedOtherwise.has(oid) || !isKnown(result) || !names.every(isKnown)) continue;
        found.set(result, [...(found.get(result) ?? []), { call: spell(name), args: names }]);
      }
    }
    return found;
  };
  const values = collect(functions, (name) => (args) => `pg_catalog."${name}"(${args.join(", ")})`);
  for (const [type, calls] of collect(operators, spelledOperator))
    values.set(type, [...(values.get(type) ?? []), ...calls]);
  return { values, aggregates: collect(aggregates, (name) => (args) => `"${name}"(${args.join(", ")})`) };
}

function shortName(name: string): string {
  return name.replace(" without time zone", "").replace(/^(time|timestamp) with time zone$/, "$1tz");
}

function spelledOperator(name: string): Callable["call"] {
  return (args) => (args.length === 1 ? `(${name} ${args[0]})` : `(${args[0]} ${name} ${args[1]})`);
}

export class RandomStatements {
  readonly #draw: Draw;
  readonly #vocabulary: Vocabulary;

  constructor(draw: Draw, vocabulary: Vocabulary) {
    this.#draw = draw;
    this.#vocabulary = vocabulary;
  }

  statement(): string {
    const draw = this.#draw;
    switch (draw.upTo(4)) {
      case 0:
        return `select ${this.#list("v")} from ${this.#rows("v")} where ${this.#value("boolean", "v", 2)}`;
      case 1:
        return this.#grouped();
      case 2:
        return this.#joined();
      case 3: {
        const arms = [this.#arm(), this.#arm()];
        return arms.join(draw.pick([" union ", " union all ", " except ", " intersect "]));
      }
      default:
        return this.#windowed();
    }
  }

  #rows(alias: string): string {
    const row = types.map((type) => `null::${type}`).join(", ");
    return `(values (${row})) ${alias}(${types.map((_, place) => `c${place}`).join(", ")})`;
  }

  #list(alias: string): string {
    const count = 1 + this.#draw.upTo(2);
    return Array.from({ length: count }, () => this.#value(this.#draw.pick(types), alias, 3)).join(", ");
  }

  #arm(): string {
    return `(select ${this.#value("text", "v", 2)}, ${this.#value("numeric", "v", 2)} from ${this.#rows("v")})`;
  }

  #grouped(): string {
    const key = this.#value(this.#draw.pick(["text", "integer", "date", "boolean"] as const), "v", 2);
    const groups = this.#draw.pick(["1", "rollup(1)", "grouping sets ((1), ())"]);
    const having = this.#draw.chance(30) ? " having count(*) > 1" : "";
    return `select ${key}, ${this.#aggregate()}, ${this.#aggregate()} from ${this.#rows("v")} group by ${groups}${having}`;
  }

  #aggregate(): string {
    const draw = this.#draw;
    const offered = this.#vocabulary.aggregates.get(draw.pick([...this.#vocabulary.aggregates.keys()])) ?? [];
    const { call, args } = draw.pick(offered);
    const text = call(args.map((type) => this.#value(type, "v", 2)));
    return draw.chance(25) ? `${text} filter (where ${this.#value("boolean", "v", 2)})` : text;
  }

  #joined(): string {
    const draw = this.#draw;
    const join = draw.pick(["join", "left join", "full join"]);
    const on = join === "full join" ? "v.c2 = w.c2" : this.#value("boolean", draw.pick(["v", "w"]), 2);
    const where = draw.pick([
      `exists (select 1 from ${this.#rows("x")} where x.c2 = v.c2 and ${this.#value("boolean", "x", 2)})`,
      `v.c7 in (select ${this.#value("text", "x", 2)} from ${this.#rows("x")})`,
      this.#value("boolean", "w", 2),
    ]);
    return `select ${this.#list("v")}, ${this.#list("w")} from ${this.#rows("v")} ${join} ${this.#rows("w")} on ${on} where ${where}`;
  }

  #windowed(): string {
    const draw = this.#draw;
    const order = this.#value(draw.pick(["integer", "text", "timestamp"] as const), "v", 2);
    const frame = draw.pick(["", " rows between 1 preceding and current row", " rows unbounded preceding"]);
    const window = `(partition by ${this.#value("text", "v", 1)} order by ${order} desc nulls last${frame})`;
    const call = draw.pick(["count(*)", "lag(c2)", "sum(c4)", "row_number()", "max(c7)"]);
    const rest = draw.pick(["", " order by 1 nulls first", " order by 2 desc limit 3 offset 1"]);
    return `select ${this.#value("text", "v", 2)}, ${call} over ${window} from ${this.#rows("v")}${rest}`;
  }

  #value(type: TypeName, alias: string, depth: number): string {
    const draw = this.#draw;
    const column = `${alias}.c${types.indexOf(type)}`;
    if (depth === 0) return column;
    const inner = (of: TypeName) => this.#value(of, alias, depth - 1);
    switch (draw.upTo(9)) {
      case 0:
        return column;
      case 1:
        return `case when ${inner("boolean")} then ${inner(type)} else ${inner(type)} end`;
      case 2:
        return draw.pick([
          `coalesce(${inner(type)}, ${inner(type)})`,
          `nullif(${inner(type)}, ${inner(type)})`,
          `greatest(${inner(type)}, ${inner(type)})`,
        ]);
      case 3:
        return type === "boolean" ? this.#test(alias, depth) : `cast(${inner("text")} as ${type})`;
      case 4:
        return type === "text" ? `cast(${inner(draw.pick(types))} as text)` : column;
      default: {
        const offered = this.#vocabulary.values.get(type);
        if (offered === undefined) return column;
        const { call, args } = draw.pick(offered);
        return call(args.map(inner));
      }
    }
  }

  #test(alias: string, depth: number): string {
    const draw = this.#draw;
    const inner = (of: TypeName) => this.#value(of, alias, depth - 1);
    return draw.pick([
      `(${inner("text")} is null)`,
      `(${inner("numeric")} is distinct from ${inner("numeric")})`,
      `(${inner("boolean")} is not true)`,
      `(${inner("integer")} between ${inner("integer")} and ${inner("integer")})`,
      `(${inner("text")} in ('a', 'b', ${inner("text")}))`,
      `(${inner("text")} not like ${inner("text")})`,
      `(${inner("integer")} = any (${inner("integer[]")}))`,
      `((${inner("integer")}, ${inner("text")}) < (${inner("integer")}, ${inner("text")}))`,
      `(not ${inner("boolean")} or ${inner("boolean")} and ${inner("boolean")})`,
    ]);
  }
}
