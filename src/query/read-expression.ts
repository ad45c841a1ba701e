// Expressions of a printed tree. One reader per kind of node, its fields in PostgreSQL's order
// (PostgreSQL 18, src/include/nodes/primnodes.h).
import type { Value } from "../data-type.ts";
import type { DumpNode } from "./dump-node.ts";
import { NodeFields } from "./node-fields.ts";
import type { BooleanTest, Expression, RowCompareExpr, SqlValueFunction } from "./query.ts";
import { unreadableTree } from "./query-errors.ts";
import { readAggregate, readGroupingFunction, readWindowFunction } from "./read-aggregate.ts";
import { readArguments } from "./read-arguments.ts";
import { castFormat, readArrayCoercion, readCoerceViaIo, readCollate, readRelabel } from "./read-coercion.ts";
import { readConstant } from "./read-constant.ts";
import { readArray, readRow, readSubscript } from "./read-row-array.ts";
import { readSubLink } from "./read-sub-link.ts";
import { readVariable } from "./read-variable.ts";
import type { ExpressionReader, Reading, Scope } from "./scope.ts";
import { refuse, unsupportedNode } from "./unsupported-node.ts";

type NodeReader = (fields: NodeFields, reader: ExpressionReader) => Expression;

const booleanType = 16;

const readers: Readonly<Record<string, NodeReader | undefined>> = {
  __proto__: null as never,
  VAR: readVariable,
  CONST: readConst,
  PARAM: readParameter,
  FUNCEXPR: readFunction,
  OPEXPR: (fields, reader) => readOperator("OpExpr", fields, reader),
  DISTINCTEXPR: (fields, reader) => readOperator("DistinctExpr", fields, reader),
  NULLIFEXPR: (fields, reader) => readOperator("NullIfExpr", fields, reader),
  SCALARARRAYOPEXPR: readArrayOperator,
  BOOLEXPR: readBoolean,
  SUBLINK: readSubLink,
  CASEEXPR: readCase,
  CASETESTEXPR: readCaseTest,
  COALESCEEXPR: readCoalesce,
  MINMAXEXPR: readMinMax,
  NULLTEST: readNullTest,
  BOOLEANTEST: readBooleanTest,
  SQLVALUEFUNCTION: readValueFunction,
  RELABELTYPE: readRelabel,
  COERCEVIAIO: readCoerceViaIo,
  ARRAYCOERCEEXPR: readArrayCoercion,
  COLLATEEXPR: readCollate,
  ARRAYEXPR: readArray,
  ROWEXPR: readRow,
  SUBSCRIPTINGREF: readSubscript,
  ROWCOMPAREEXPR: readRowCompare,
  AGGREF: readAggregate,
  GROUPINGFUNC: readGroupingFunction,
  WINDOWFUNC: readWindowFunction,
};

export function expressionReader(scope: Scope, reading: Reading): ExpressionReader {
  const reader: ExpressionReader = {
    scope,
    reading,
    one: (node) => readExpression(node, reader),
    maybe: (node) => (node === undefined ? undefined : readExpression(node, reader)),
    many: (nodes) => nodes.map((node) => readExpression(node, reader)),
  };
  return reader;
}

function readExpression(node: DumpNode, reader: ExpressionReader): Expression {
  const read = readers[node.label];
  if (read === undefined) throw unsupportedNode(node, reader.reading.text);
  const fields = new NodeFields(node);
  const expression = read(fields, reader);
  fields.end();
  return expression;
}

function readConst(fields: NodeFields, reader: ExpressionReader): Expression {
  const type = fields.number("consttype");
  const modifier = fields.number("consttypmod");
  fields.skip("constcollid", "constlen", "constbyval");
  const isNull = fields.boolean("constisnull");
  const location = fields.number("location");
  const datum = fields.datum("constvalue");
  if (isNull) return { kind: "Const", type, location, modifier, value: null };
  if (datum === undefined) throw unreadableTree("a constant without a value");
  const value = readConstant(type, datum.bytes);
  if (value === undefined)
    throw refuse(
      "a constant of this type",
      reader.reading.text,
      location,
      "Write the constant as text, and compare it with the column cast to text.",
    );
  const whole = isArray(value) ? (reader.reading.arrayFor(type, value) ?? value) : value;
  return { kind: "Const", type, location, modifier, value: whole };
}

function isArray(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** ParamKind PARAM_EXTERN: the client's $n. */
const externalParameter = 0;

function readParameter(fields: NodeFields): Expression {
  if (fields.number("paramkind") !== externalParameter) throw unreadableTree("a parameter of another kind");
  const number = fields.number("paramid");
  const type = fields.number("paramtype");
  fields.skip("paramtypmod", "paramcollid");
  return { kind: "Param", type, location: fields.number("location"), number };
}

function readFunction(fields: NodeFields, reader: ExpressionReader): Expression {
  const called = fields.number("funcid");
  const type = fields.number("funcresulttype");
  const returnsSet = fields.boolean("funcretset");
  const variadic = fields.boolean("funcvariadic");
  const format = castFormat(fields.number("funcformat"));
  fields.skip("funccollid", "inputcollid");
  const args = readArguments(called, fields.nodes("args"), reader);
  const location = fields.number("location");
  return { kind: "FuncExpr", type, location, function: called, args, format, returnsSet, variadic };
}

function readOperator(
  kind: "OpExpr" | "DistinctExpr" | "NullIfExpr",
  fields: NodeFields,
  reader: ExpressionReader,
): Expression {
  const operator = fields.number("opno");
  fields.skip("opfuncid");
  const type = fields.number("opresulttype");
  const returnsSet = fields.boolean("opretset");
  fields.skip("opcollid", "inputcollid");
  const args = reader.many(fields.nodes("args"));
  const location = fields.number("location");
  if (returnsSet)
    throw refuse(
      "an operator that returns a set",
      reader.reading.text,
      location,
      "Use a set-returning function in FROM.",
    );
  return { kind, type, location, operator, args };
}

function readArrayOperator(fields: NodeFields, reader: ExpressionReader): Expression {
  const operator = fields.number("opno");
  fields.skip("opfuncid", "hashfuncid", "negfuncid");
  const any = fields.boolean("useOr");
  fields.skip("inputcollid");
  const args = reader.many(fields.nodes("args"));
  return {
    kind: "ScalarArrayOpExpr",
    type: booleanType,
    location: fields.number("location"),
    operator,
    any,
    args,
  };
}

function readBoolean(fields: NodeFields, reader: ExpressionReader): Expression {
  const operation = fields.token("boolop");
  if (operation !== "and" && operation !== "or" && operation !== "not") {
    throw unreadableTree(`a boolean operation ${operation}`);
  }
  const args = reader.many(fields.nodes("args"));
  return { kind: "BoolExpr", type: booleanType, location: fields.number("location"), operation, args };
}

function readCase(fields: NodeFields, reader: ExpressionReader): Expression {
  const type = fields.number("casetype");
  fields.skip("casecollid");
  const arg = reader.maybe(fields.nodeOrNull("arg"));
  const whens = fields.nodes("args").map((node) => {
    const branch = new NodeFields(node);
    const when = reader.one(branch.childNode("expr"));
    const result = reader.one(branch.childNode("result"));
    branch.skip("location");
    branch.end();
    // biome-ignore lint/suspicious/noThenProperty: the word of SQL; it is never awaited.
    return { when, then: result };
  });
  const otherwise = reader.maybe(fields.nodeOrNull("defresult"));
  return { kind: "CaseExpr", type, location: fields.number("location"), arg, whens, otherwise };
}

function readCaseTest(fields: NodeFields): Expression {
  const type = fields.number("typeId");
  fields.skip("typeMod", "collation");
  return { kind: "CaseTest", type, location: -1 };
}

function readCoalesce(fields: NodeFields, reader: ExpressionReader): Expression {
  const type = fields.number("coalescetype");
  fields.skip("coalescecollid");
  const args = reader.many(fields.nodes("args"));
  return { kind: "CoalesceExpr", type, location: fields.number("location"), args };
}

function readMinMax(fields: NodeFields, reader: ExpressionReader): Expression {
  const type = fields.number("minmaxtype");
  fields.skip("minmaxcollid", "inputcollid");
  const operation = fields.number("op") === 0 ? "greatest" : "least";
  const args = reader.many(fields.nodes("args"));
  return { kind: "MinMaxExpr", type, location: fields.number("location"), operation, args };
}

function readNullTest(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const negated = fields.number("nulltesttype") === 1;
  fields.skip("argisrow");
  return { kind: "NullTest", type: booleanType, location: fields.number("location"), arg, negated };
}

/** BoolTestType of primnodes.h, by number. */
const booleanTests: readonly BooleanTest["test"][] = [
  "true",
  "notTrue",
  "false",
  "notFalse",
  "unknown",
  "notUnknown",
];

function readBooleanTest(fields: NodeFields, reader: ExpressionReader): Expression {
  const arg = reader.one(fields.childNode("arg"));
  const test = booleanTests[fields.number("booltesttype")];
  if (test === undefined) throw unreadableTree("an unknown boolean test");
  return { kind: "BooleanTest", type: booleanType, location: fields.number("location"), arg, test };
}

/** SQLValueFunctionOp of primnodes.h, by number; the second of a pair is the form with a precision. */
const valueFunctions: readonly SqlValueFunction["operation"][] = [
  "current_date",
  "current_time",
  "current_time",
  "current_timestamp",
  "current_timestamp",
  "localtime",
  "localtime",
  "localtimestamp",
  "localtimestamp",
  "current_role",
  "current_user",
  "user",
  "session_user",
  "current_catalog",
  "current_schema",
];

function readValueFunction(fields: NodeFields): Expression {
  const operation = valueFunctions[fields.number("op")];
  if (operation === undefined) throw unreadableTree("an unknown SQL value function");
  const type = fields.number("type");
  const modifier = fields.number("typmod");
  return { kind: "SqlValueFunction", type, location: fields.number("location"), operation, modifier };
}

/** CompareType of PostgreSQL 18, by number. */
const comparisons: readonly (RowCompareExpr["comparison"] | undefined)[] = [
  undefined,
  "<",
  "<=",
  "=",
  ">=",
  ">",
  "<>",
];

function readRowCompare(fields: NodeFields, reader: ExpressionReader): Expression {
  const comparison = comparisons[fields.number("cmptype")];
  if (comparison === undefined) throw unreadableTree("an unknown row comparison");
  const operators = fields.numbers("opnos");
  fields.skip("opfamilies", "inputcollids");
  const left = reader.many(fields.nodes("largs"));
  const right = reader.many(fields.nodes("rargs"));
  const location = left[0]?.location ?? -1;
  return { kind: "RowCompareExpr", type: booleanType, location, comparison, operators, left, right };
}
