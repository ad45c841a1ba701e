// A Tableau data source (.tds): the connection, and one table of the lens with the roles of its columns.
import type { DataType } from "../data-type.ts";
import type { MeasureType } from "../model/model.ts";
import type { VisibleColumn, VisibleModel, VisibleRelation } from "../model/visible-model.ts";
import type { ConnectionTarget } from "./connection-texts.ts";

export interface TableauTable {
  readonly visible: VisibleModel;
  readonly relation: VisibleRelation;
  /** `measureAggregates: strict`: only a measure's own aggregate may stand round it. */
  readonly strict: boolean;
}

/** Without a table, Tableau shows the lens's tables to choose from. */
export function tableauSource(target: ConnectionTarget, table: TableauTable | undefined): string {
  const lines = [
    "<?xml version='1.0' encoding='utf-8' ?>",
    open("datasource", {
      "formatted-name": table?.relation.name ?? target.database,
      inline: "true",
      version: "18.1",
      "xmlns:user": "http://www.tableausoftware.com/xml/user",
    }),
    "  <connection class='federated'>",
    "    <named-connections>",
    `      ${open("named-connection", { caption: target.host, name: connectionName })}`,
    `        ${empty("connection", connectionAttributes(target))}`,
    "      </named-connection>",
    "    </named-connections>",
  ];
  if (table !== undefined) {
    const { name } = table.relation;
    const relation = {
      connection: connectionName,
      name,
      table: `[public].${bracketed(name)}`,
      type: "table",
    };
    lines.push(`    ${empty("relation", relation)}`);
  }
  lines.push("  </connection>");
  if (table !== undefined) lines.push(...columnLines(table));
  lines.push("</datasource>");
  return lines.join("\n");
}

/** Unique in the file. */
const connectionName = "postgres.lens";

function connectionAttributes({ host, port, database, user, sslMode }: ConnectionTarget): Attributes {
  return {
    authentication: "username-password",
    class: "postgres",
    dbname: database,
    "one-time-sql": "",
    port: String(port),
    server: host,
    // Tableau's one box: Require SSL.
    sslmode: ["require", "verify-ca", "verify-full"].includes(sslMode) ? "require" : "",
    username: user,
  };
}

function columnLines(table: TableauTable): string[] {
  const columns = table.relation.columns.flatMap((column) => {
    const attributes = columnAttributes(column, table);
    return attributes === undefined ? [] : columnElement(attributes, column.comment);
  });
  const note =
    "<!-- Measures: the aggregate round a measure does not change it; SUM gives the measure's own value. -->";
  return table.relation.columns.some(({ kind }) => kind === "measure") ? [`  ${note}`, ...columns] : columns;
}

function columnElement(attributes: Attributes, comment: string | undefined): string[] {
  if (comment === undefined) return [`  ${empty("column", attributes)}`];
  return [
    `  ${open("column", attributes)}`,
    `    <desc><formatted-text><run>${escaped(comment)}</run></formatted-text></desc>`,
    "  </column>",
  ];
}

/** Undefined: Tableau decides by itself, as for every column that the file does not name. */
function columnAttributes(column: VisibleColumn, table: TableauTable): Attributes | undefined {
  const datatype = tableauType(column.type);
  if (datatype === undefined) return undefined;
  const name = bracketed(column.name);
  if (column.kind !== "measure") {
    const type = datatype === "string" || datatype === "boolean" ? "nominal" : "ordinal";
    return { datatype, name, role: "dimension", type };
  }
  const aggregation = defaultAggregation(measureType(column, table.visible), datatype, table.strict);
  if (aggregation === undefined) return undefined;
  const type = datatype === "integer" || datatype === "real" ? "quantitative" : "nominal";
  return { aggregation, datatype, name, role: "measure", type };
}

function measureType({ table, member }: VisibleColumn, visible: VisibleModel): MeasureType | undefined {
  return visible.model.linked.tables.get(table)?.measures.find(({ name }) => name === member)?.type;
}

/** An aggregate of Tableau's that the lens accepts round the measure; undefined where there is none. */
function defaultAggregation(
  type: MeasureType | undefined,
  datatype: TableauType,
  strict: boolean,
): string | undefined {
  if (strict) return type === undefined ? undefined : ownAggregations[type];
  switch (datatype) {
    case "integer":
    case "real":
      return "Sum";
    case "boolean":
      return undefined;
    default:
      return "Max";
  }
}

/** Those that wrap no aggregate of SQL's own wait for ANY_VALUE, which Tableau does not send. */
const ownAggregations: Readonly<Record<MeasureType, string | undefined>> = {
  count: "Count",
  count_distinct: "CountD",
  count_distinct_approx: "CountD",
  sum: "Sum",
  avg: "Avg",
  min: "Min",
  max: "Max",
  number: undefined,
  string: undefined,
  time: undefined,
  boolean: undefined,
};

type TableauType = "boolean" | "date" | "datetime" | "integer" | "real" | "string";

function tableauType(type: DataType): TableauType | undefined {
  switch (type.kind) {
    case "bigint":
    case "integer":
    case "smallint":
      return "integer";
    case "double precision":
    case "numeric":
    case "real":
      return "real";
    case "boolean":
      return "boolean";
    case "date":
      return "date";
    case "timestamp":
    case "timestamptz":
      return "datetime";
    case "text":
      return "string";
    default:
      return undefined;
  }
}

function bracketed(name: string): string {
  return `[${name.replaceAll("]", "]]")}]`;
}

type Attributes = Readonly<Record<string, string>>;

function open(element: string, attributes: Attributes): string {
  const parts = Object.entries(attributes).map(([name, value]) => ` ${name}='${escaped(value)}'`);
  return `<${element}${parts.join("")}>`;
}

function empty(element: string, attributes: Attributes): string {
  return `${open(element, attributes).slice(0, -1)} />`;
}

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  "'": "&apos;",
  '"': "&quot;",
  "\t": "&#9;",
  "\n": "&#10;",
  "\r": "&#13;",
};

/** What XML cannot hold at all becomes U+FFFD. */
function escaped(text: string): string {
  return text
    .replaceAll(/(?![\t\n\r])[\p{Control}\p{Surrogate}\ufffe\uffff]/gu, "\ufffd")
    .replaceAll(/[&<>'"\t\n\r]/g, (character) => entities[character] ?? character);
}
