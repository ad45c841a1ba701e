// A secured plan to the SQL of one warehouse.

import { type AttributeReference, attributeDataType } from "../attributes.ts";
import type { DataType } from "../data-type.ts";
import { dataTypeOfOid, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import type { SecuredPlan } from "../policy/secured-plan.ts";
import { boundValues } from "../query/bound-values.ts";
import { expressionModifier } from "../query/expression-modifier.ts";
import type { Expression, Query, SetOperation } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import type { Dialect, RenderSettings } from "./dialect.ts";
import { notSupported, statementTooDeep, statementTooLong } from "./dialect-errors.ts";
import { type Names, nameEntries, outputTargets } from "./names.ts";
import { printExpression } from "./print-expression.ts";
import { printQuery } from "./print-query.ts";
import { printScan } from "./print-scan.ts";
import { type ColumnTypes, type Printer, withoutParentheses } from "./printer.ts";

/** What stands in one place of the text, and the PostgreSQL type that it is bound as. */
export type RenderedParameter =
  /** A Param of the tree, by its number. */
  | { readonly number: number; readonly type: number; readonly attribute?: undefined }
  | { readonly attribute: AttributeReference; readonly type: number; readonly number?: undefined };

export interface RenderedPlan {
  readonly sql: string;
  /** For each place of the text ($1, $2 ...). */
  readonly parameters: readonly RenderedParameter[];
  /** The types of the output columns, as analysed. */
  readonly columnTypes: readonly DataType[];
}

/**
 * Prints the plan. Throws 0A000 with a place in the analysed text for what the dialect cannot express with
 * PostgreSQL's meaning, 54001 for a text without bounds, and an assertion for a relation that is not secured.
 */
export function render(plan: SecuredPlan, dialect: Dialect, settings: RenderSettings): RenderedPlan {
  const parameters: RenderedParameter[] = [];
  const names = nameEntries(plan.query);
  const printer = makePrinter(dialect, settings, names, parameters);
  if (outputTargets(plan.query).length === 0)
    throw notSupported("a SELECT without columns", -1, "Select a constant, such as SELECT 1.");
  const sql = printer.query(plan.query, undefined, true);
  return { sql, parameters, columnTypes: outputTargets(plan.query).map(columnType) };
}

function columnType(target: { readonly expression: Expression }): DataType {
  const { expression } = target;
  const type = dataTypeOfOid(expression.type, expressionModifier(expression));
  if (type === undefined)
    throw notSupported("a column of this type", expression.location, "Cast the column to text.");
  return type;
}

function makePrinter(
  dialect: Dialect,
  settings: RenderSettings,
  names: Names,
  parameters: RenderedParameter[],
): Printer {
  const places = new Places(parameters);
  const caseTests: { text: string; node: Expression }[] = [];
  let block: Query | undefined;
  let depth = 0;
  const bounded = (text: string): string => {
    if (text.length > dialect.sqlBytesMax) throw statementTooLong(dialect.sqlBytesMax);
    return text;
  };
  const printer: Printer = {
    dialect,
    server: dialect.server,
    settings,
    names,
    get windows() {
      return block?.windows ?? [];
    },
    get expandsRows() {
      return block !== undefined && isPlain(block);
    },
    refuse: (what, location, hint) => {
      throw notSupported(what, location, hint);
    },
    sources: (node) => sourcesOf(names, node),
    print: (node) => {
      depth += 1;
      try {
        if (depth > dialect.expressionDepthMax) throw statementTooDeep(dialect.expressionDepthMax);
        return bounded(printExpression(printer, node));
      } finally {
        depth -= 1;
      }
    },
    bare: (node) => withoutParentheses(printer.print(node)),
    query: (query: Query, wanted?: ColumnTypes, isResult = false) => {
      const outer = block;
      block = query;
      try {
        return bounded(printQuery(printer, query, wanted, isResult));
      } finally {
        block = outer;
      }
    },
    scan: (scan, outputs, columns) => printScan(printer, scan, outputs, columns),
    quote: (name) => dialect.quoteIdentifier(name),
    boundValue: (name) => {
      const { number, type } = boundValues[name];
      return printer.parameter(number, typeOid(type));
    },
    parameter: (number, type) => dialect.parameter(places.ofParam(number, type), type),
    attribute: (reference) => {
      const type = typeOid(attributeDataType(reference));
      const value = dialect.parameter(places.ofAttribute(reference, type), type);
      return reference.isList ? `SELECT unnest(${value})` : value;
    },
    withCaseTest: (text, node, inside) => {
      caseTests.push({ text, node });
      try {
        return inside();
      } finally {
        caseTests.pop();
      }
    },
    caseTest: () => {
      const last = caseTests.at(-1);
      assert(last !== undefined, "a CASE test stands inside a CASE");
      return last;
    },
  };
  return printer;
}

/** Grouping, windows and DISTINCT meet set-returning functions in an order that engines do not share. */
function isPlain(query: Query): boolean {
  return (
    query.group === undefined &&
    !query.hasAggregates &&
    query.windows.length === 0 &&
    query.distinct === undefined &&
    query.orderBy.every((item) => query.targets[item.target]?.junk === false)
  );
}

/** A parameter keeps one place, however often it is printed. */
class Places {
  readonly #parameters: RenderedParameter[];
  readonly #places = new Map<string, number>();

  constructor(parameters: RenderedParameter[]) {
    this.#parameters = parameters;
  }

  ofParam(number: number, type: number): number {
    const wanted = type === oids.unknown ? oids.text : type;
    return this.#place(`${number} ${wanted}`, { number, type: wanted });
  }

  ofAttribute(attribute: AttributeReference, type: number): number {
    return this.#place(`${attribute.owner}.${attribute.name} ${type}`, { attribute, type });
  }

  #place(key: string, parameter: RenderedParameter): number {
    const place = this.#places.get(key) ?? this.#parameters.push(parameter);
    this.#places.set(key, place);
    return place;
  }
}

/** Rows of a VALUES that are looked at: more say nothing new about its columns in any statement worth it. */
const valuesRowsMax = 1000;

function sourcesOf(names: Names, node: Expression): readonly Expression[] {
  if (node.kind === "GroupKey") {
    const key = names.block(node.block).group?.keys[node.index];
    return key === undefined ? [] : [key];
  }
  if (node.kind !== "Var" || node.column < 1) return [];
  const entry = names.entry(node.entry);
  const index = node.column - 1;
  if (entry.kind === "values") {
    if (entry.rows.length > valuesRowsMax) return [];
    return entry.rows.flatMap((row) => row[index] ?? []);
  }
  if (entry.kind === "subquery") return outputsOf(entry.query, index);
  if (entry.kind !== "cte") return [];
  const cte = names.cteQuery(entry.cte);
  return cte.recursive ? [] : outputsOf(cte.query, index);
}

/** The expressions of one output column, arm by arm. */
function outputsOf(query: Query, index: number): readonly Expression[] {
  if (query.setOperation === undefined) {
    const target = outputTargets(query)[index];
    return target === undefined ? [] : [target.expression];
  }
  const ofArm = (operation: SetOperation): readonly Expression[] =>
    operation.kind === "arm"
      ? outputsOf(operation.entry.query, index)
      : [...ofArm(operation.left), ...ofArm(operation.right)];
  return ofArm(query.setOperation);
}
