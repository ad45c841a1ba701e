// The types of one table's members, asked of the warehouse.

import type { DataType } from "../data-type.ts";
import { sqlOfMember } from "../model/member-uses.ts";
import type { LinkedDimension, LinkedMeasure, LinkedTable, MemberSql } from "../model/model.ts";
import { errorAt, type Problem } from "../problem.ts";
import type { DescribedColumn, Warehouse } from "../warehouse/warehouse.ts";
import {
  declaredType,
  fallbackMeasureType,
  fallbackType,
  measureType,
  type TypeVerdict,
} from "./declared-types.ts";
import { type DescribeItem, describeItems, refusal } from "./describe-items.ts";
import {
  dimensionText,
  expressionText,
  fromTable,
  measureText,
  type TextContext,
  tablesRead,
} from "./member-text.ts";

export interface TableTypes {
  readonly dimensionTypes: ReadonlyMap<string, DataType>;
  readonly measureTypes: ReadonlyMap<string, DataType>;
  readonly problems: readonly Problem[];
}

interface Question extends DescribeItem {
  /** What the item's SQL is made of. */
  readonly sqls: readonly MemberSql[];
  /** Own members that the item reads directly, by name. */
  readonly name: string | undefined;
  judge(column: DescribedColumn): TypeVerdict;
  accept(type: DataType): void;
}

/** `unusable` are tables whose base SQL the warehouse refuses: what reads them is not asked about. */
export async function typeTable(
  context: TextContext,
  warehouse: Warehouse,
  table: LinkedTable,
  unusable: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<TableTypes> {
  const dimensionTypes = new Map(table.dimensions.map(({ name, type }) => [name, fallbackType(type)]));
  const measureTypes = new Map(table.measures.map((measure) => [measure.name, fallbackMeasureType(measure)]));
  const rows = [
    ...table.dimensions
      .filter(isAvailable)
      .map((dimension) => dimensionQuestion(context, table, dimension, dimensionTypes)),
    ...conditionQuestions(context, table),
  ];
  const values = new RowValues(context, table);
  const overValues = { ...context, columnFor: (subquery: string) => values.columnFor(subquery) };
  const groups = table.measures
    .filter(isAvailable)
    .map((measure) => measureQuestion(overValues, table, measure, measureTypes));
  const askable = (questions: readonly Question[]) =>
    questions.filter((question) => {
      for (const read of tablesRead(context, question.sqls)) if (unusable.has(read)) return false;
      return true;
    });
  const from = fromTable(context, table);
  const refused = new Set<string>();
  const ofRows = (texts: readonly string[]) => `SELECT ${columns(context, texts)} FROM ${from}`;
  // COUNT(*) beside them: a text that is no aggregate is refused, as the client's GROUP BY would refuse it.
  const ofGroups = (texts: readonly string[]) =>
    `SELECT ${columns(context, texts)}, COUNT(*) FROM ${values.from(texts)}`;
  const problems = await ask(warehouse, askable(rows), ofRows, refused, signal);
  problems.push(...(await ask(warehouse, askable(groups), ofGroups, refused, signal)));
  return { dimensionTypes, measureTypes, problems };
}

/** Subqueries for a value per row, as columns beside those of a table. */
class RowValues {
  readonly #context: TextContext;
  readonly #table: LinkedTable;
  /** Names by subquery. */
  readonly #names = new Map<string, string>();

  constructor(context: TextContext, table: LinkedTable) {
    this.#context = context;
    this.#table = table;
  }

  columnFor(subquery: string): string {
    const name = this.#names.get(subquery) ?? `lenswire value ${this.#names.size}`;
    this.#names.set(subquery, name);
    return this.#context.dialect.quoteIdentifier(name);
  }

  /** The table with the columns that the texts read. */
  from(texts: readonly string[]): string {
    const { quoteIdentifier } = this.#context.dialect;
    const own = fromTable(this.#context, this.#table);
    const read = [...this.#names].filter(([, name]) =>
      texts.some((text) => text.includes(quoteIdentifier(name))),
    );
    if (read.length === 0) return own;
    const values = read.map(([subquery, name]) => `${subquery} AS ${quoteIdentifier(name)}`);
    const alias = quoteIdentifier(this.#table.name);
    return `(SELECT ${alias}.*, ${values.join(", ")} FROM ${own}) AS ${alias}`;
  }
}

function columns(context: TextContext, texts: readonly string[]): string {
  return texts
    .map((text, i) => `(${text}) AS ${context.dialect.quoteIdentifier(`lenswire column ${i}`)}`)
    .join(", ");
}

function isAvailable(member: { readonly unavailable: string | undefined }): boolean {
  return member.unavailable === undefined;
}

function dimensionQuestion(
  context: TextContext,
  table: LinkedTable,
  dimension: LinkedDimension,
  types: Map<string, DataType>,
): Question {
  const sqls = sqlOfMember(dimension);
  return {
    what: `dimension "${dimension.name}"`,
    name: dimension.name,
    location: sqls[0]?.location ?? dimension.location,
    text: dimensionText(context, table.name, dimension),
    sqls,
    judge: (column) => declaredType(dimension.type, column),
    accept: (type) => types.set(dimension.name, type),
  };
}

function measureQuestion(
  context: TextContext,
  table: LinkedTable,
  measure: LinkedMeasure,
  types: Map<string, DataType>,
): Question {
  return {
    what: `measure "${measure.name}"`,
    name: measure.name,
    location: measure.sql?.location ?? measure.location,
    text: measureText(context, table.name, measure),
    sqls: sqlOfMember(measure),
    judge: (column) => measureType(measure, column),
    accept: (type) => types.set(measure.name, type),
  };
}

/** Segments, filters of measures, the conditions of a case and of joins: all must yield booleans. */
function conditionQuestions(context: TextContext, table: LinkedTable): Question[] {
  const condition = (what: string, name: string | undefined, sql: MemberSql): Question => ({
    what,
    name,
    location: sql.location,
    text: expressionText(context, table.name, sql),
    sqls: [sql],
    judge: (column) => conditionType(column),
    accept: () => undefined,
  });
  return [
    ...table.segments.filter(isAvailable).map(({ name, sql }) => condition(`segment "${name}"`, name, sql)),
    ...table.measures
      .filter(isAvailable)
      .flatMap(({ name, filters }) =>
        filters.map((sql) => condition(`a filter of measure "${name}"`, name, sql)),
      ),
    ...table.dimensions
      .filter(isAvailable)
      .flatMap(({ name, source }) =>
        source.kind === "case"
          ? source.whens.map(({ sql }) => condition(`a condition of dimension "${name}"`, undefined, sql))
          : [],
      ),
    ...table.joins.map((join) =>
      condition(`the join from "${join.from}" to "${join.to}"`, undefined, join.sql),
    ),
  ];
}

function conditionType(column: DescribedColumn): TypeVerdict {
  const verdict = declaredType("boolean", column);
  return "type" in verdict
    ? verdict
    : { problem: `must be a condition, and the warehouse yields ${column.warehouseType}` };
}

/** Names of members that are refused are added to `refused`. */
async function ask(
  warehouse: Warehouse,
  questions: readonly Question[],
  statementOf: (texts: readonly string[]) => string,
  refused: Set<string>,
  signal: AbortSignal,
): Promise<Problem[]> {
  const answers = await describeItems(warehouse, questions, statementOf, signal);
  const before = new Set(refused);
  questions.forEach(({ name }, i) => {
    if (name !== undefined && answers[i]?.kind === "refused") refused.add(name);
  });
  const problems: Problem[] = [];
  questions.forEach((question, i) => {
    const answer = answers[i];
    const { name, what, location } = question;
    if (answer === undefined) return;
    if (answer.kind === "refused") {
      // What reads a refused member is refused for the same reason, which is told once.
      const told = before.has(name ?? "") || question.sqls.some((sql) => readsOneOf(sql, refused, name));
      if (!told) problems.push(refusal(what, location, answer.reason));
      return;
    }
    const verdict = question.judge(answer.column);
    if ("type" in verdict) question.accept(verdict.type);
    else problems.push(errorAt(location, `${what} ${verdict.problem}`));
  });
  return problems;
}

function readsOneOf(
  sql: MemberSql,
  names: ReadonlySet<string | undefined>,
  self: string | undefined,
): boolean {
  return sql.parts.some(
    (part) =>
      typeof part !== "string" &&
      part.kind !== "column" &&
      part.kind !== "alias" &&
      part.name !== self &&
      names.has(part.name),
  );
}
