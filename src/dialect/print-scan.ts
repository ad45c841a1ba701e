// A secured scan: one subselect over a table's base SQL, with its masks and forced segments inside.
import { assert, unreachable } from "../errors.ts";
import type { ScanExpression, ScanJoin, ScanQueryJoin, ScanSql, SecuredScan } from "../query/query.ts";
import { oids } from "../query/type-oids.ts";
import { distinctNames } from "./names.ts";
import { endingComment, type Printer, type ScanColumns } from "./printer.ts";

/** What stands in place of a redacted text. */
const redactedText = "--redact--";

/** The subselect without parentheses; `names` are the printed names of its outputs. */
export function printScan(
  printer: Printer,
  scan: SecuredScan,
  names: readonly string[],
  columns: ScanColumns,
): string {
  const outputs = scan.outputs.map((output, index) => {
    const name = names[index];
    assert(name !== undefined, "a scan's output has a name");
    const column = columns?.[index];
    const text = printScanExpression(printer, output.expression);
    const typed = column === undefined ? text : printer.dialect.conform(text, column.type, column.modifier);
    return `${typed} AS ${printer.quote(name)}`;
  });
  const parts = [`SELECT ${outputs.length === 0 ? "NULL AS c0" : outputs.join(", ")}`];
  const alias = printer.quote(scan.alias);
  if (scan.inner === undefined) {
    parts.push(`FROM (${endingComment(scan.baseSql)}) AS ${alias}`);
    parts.push(...scan.forcedJoins.map((join) => printScanJoin(printer, join)));
    parts.push(...scan.joins.map((join) => printScanJoin(printer, join)));
    parts.push(...whereForced(printer, scan));
  } else {
    parts.push(`FROM (${printInner(printer, scan, scan.inner)}) AS ${alias}`);
    parts.push(...scan.joins.map((join) => printScanJoin(printer, join)));
  }
  return parts.join("\n");
}

function printInner(
  printer: Printer,
  scan: SecuredScan,
  inner: readonly { readonly name: string; readonly expression: ScanExpression }[],
): string {
  const columns = inner.map(
    (column) => `${printScanExpression(printer, column.expression)} AS ${printer.quote(column.name)}`,
  );
  return [
    `SELECT ${columns.length === 0 ? "NULL AS c0" : columns.join(", ")}`,
    `FROM (${endingComment(scan.baseSql)}) AS ${printer.quote(scan.alias)}`,
    ...scan.forcedJoins.map((join) => printScanJoin(printer, join)),
    ...whereForced(printer, scan),
  ].join("\n");
}

function whereForced(printer: Printer, scan: SecuredScan): readonly string[] {
  if (scan.forced.length === 0) return [];
  const conditions = scan.forced.map((condition) => `(${printScanSql(printer, condition)})`).join(" AND ");
  // Nothing from outside goes below an OFFSET, and nothing is skipped by this one.
  const barrier = printer.dialect.has.reorderedConditions ? ["OFFSET 0"] : [];
  return [`WHERE ${conditions}`, ...barrier];
}

function printScanJoin(printer: Printer, join: ScanJoin | ScanQueryJoin): string {
  if ("query" in join) {
    const text = printer.query(join.query);
    return `LEFT JOIN (${text}) AS ${printer.quote(join.alias)} ON (${printScanSql(printer, join.on)})`;
  }
  const names = distinctNames(join.scan.outputs.map((output) => output.name));
  const text = printScan(printer, join.scan, names, undefined);
  return `LEFT JOIN (${text}) AS ${printer.quote(join.alias)} ON (${printScanSql(printer, join.on)})`;
}

function printScanSql(printer: Printer, sql: ScanSql): string {
  const text = sql
    .map((part) => {
      if (typeof part === "string") return part;
      if ("kind" in part)
        return part.kind === "attribute"
          ? printer.attribute(part)
          : `(${printScanExpression(printer, part)})`;
      if ("column" in part) return `${printer.quote(part.alias)}.${printer.quote(part.column)}`;
      return printer.quote(part.alias);
    })
    .join("");
  return endingComment(text);
}

function printScanExpression(printer: Printer, node: ScanExpression): string {
  const { dialect } = printer;
  switch (node.kind) {
    case "sql":
      return `(${printScanSql(printer, node.sql)})`;
    case "md5":
      return dialect.md5(dialect.conform(printScanExpression(printer, node.argument), oids.text, -1));
    case "redacted":
      return dialect.textLiteral(redactedText);
    case "nullOf": {
      const type = dialect.typeName(node.type, node.modifier);
      return type === undefined ? "NULL" : `CAST(NULL AS ${type})`;
    }
    case "true":
      return "TRUE";
    case "literal":
      return dialect.textLiteral(node.text);
    case "overColumns": {
      const alias = printer.quote(node.alias);
      const columns = node.columns.map((name) => `${alias}.${printer.quote(name)} AS ${printer.quote(name)}`);
      return `(SELECT ${printScanSql(printer, node.sql)} FROM (SELECT ${columns.join(", ")}) AS ${alias})`;
    }
    case "case": {
      const whens = node.whens.map(
        ({ when, label }) =>
          `WHEN (${printScanSql(printer, when)}) THEN ${printScanExpression(printer, label)}`,
      );
      const otherwise =
        node.elseLabel === undefined ? "" : ` ELSE ${printScanExpression(printer, node.elseLabel)}`;
      return `CASE ${whens.join(" ")}${otherwise} END`;
    }
    case "all":
      return node.conditions.length === 0
        ? "TRUE"
        : `(${node.conditions.map((condition) => `(${printScanSql(printer, condition)})`).join(" AND ")})`;
    case "cast":
      return dialect.conform(printScanExpression(printer, node.argument), node.type, node.modifier);
    default:
      return unreachable(node);
  }
}
