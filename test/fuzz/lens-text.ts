// A random lens as model files and as the SQL that fills its warehouse.
import type { Cell, FuzzJoin, FuzzLens, FuzzTable, FuzzView } from "./fuzz-lens.ts";
import type { Policy } from "./random-policy.ts";

export function modelFiles(lens: FuzzLens, policy?: Policy): Record<string, string> {
  const files: Record<string, string> = {};
  for (const table of lens.tables.values()) {
    const joins = lens.joins.filter((join) => join.from === table.name);
    files[`tables/${table.name}.yml`] = tableYaml(table, joins, policy);
  }
  if (lens.views.length > 0) files["views/views.yml"] = `views:\n${lens.views.map(viewYaml).join("")}`;
  if (policy !== undefined) files["user_groups.yml"] = groupsYaml(policy);
  return files;
}

function groupsYaml({ group }: Policy): string {
  const own = `  - {name: ${group}, includes: ["users:id:${group}"]}`;
  return `user_groups:\n${own}\n  - {name: default, includes: "*"}\n`;
}

function tableYaml(table: FuzzTable, joins: readonly FuzzJoin[], policy: Policy | undefined): string {
  const lines = ["tables:", `  - name: ${table.name}`, `    sql: SELECT * FROM ${table.name}`];
  const secure = (member: string) => secureYaml(`${table.name}.${member}`, policy);
  if (joins.length > 0) lines.push("    joins:", ...joins.map(joinYaml));
  lines.push("    dimensions:");
  for (const { name, type, column, sql, yaml } of table.dimensions) {
    const source = yaml ?? (column === undefined ? `sql: ${JSON.stringify(sql)}` : `column: ${column}`);
    const key = table.primaryKey.includes(name) ? ", primary_key: true" : "";
    const kind = type === "int" ? "number" : "string";
    lines.push(`      - {name: ${name}, type: ${kind}, ${source}${key}${secure(name)}}`);
  }
  lines.push("    measures:");
  for (const { name, yaml } of table.measures) lines.push(`      - {name: ${name}, ${yaml}${secure(name)}}`);
  lines.push("    segments:");
  for (const { name, sql } of table.segments)
    lines.push(`      - {name: ${name}, sql: ${JSON.stringify(sql)}${secure(name)}}`);
  return `${lines.join("\n")}\n`;
}

function secureYaml(member: string, policy: Policy | undefined): string {
  if (policy === undefined) return "";
  const mask = policy.masks.get(member);
  if (mask === undefined && !policy.segments.has(member)) return "";
  const func = mask === undefined ? "" : `func: ${mask}, `;
  return `, meta: {secure: {${func}user_groups: {includes: [${policy.group}]}}}`;
}

function joinYaml({ to, relationship, on, only }: FuzzJoin): string {
  const equalities = on.map(([own, other]) => `{TABLE.${own}} = {${to}.${other}}`);
  const further = only === undefined ? [] : [`{${only === "from" ? "TABLE" : to}.h} = 1`];
  const condition = [...equalities, ...further].join(" and ");
  return `      - {name: ${to}, relationship: ${relationship}, sql: ${JSON.stringify(condition)}}`;
}

function viewYaml(view: FuzzView): string {
  const paths = [view.root, ...view.joins.map((join) => viewPath(view, join))];
  const tables = paths.map((path) => `      - {join_path: ${path}, prefix: true, includes: "*"}\n`);
  return `  - name: ${view.name}\n    tables:\n${tables.join("")}`;
}

function viewPath(view: FuzzView, join: FuzzJoin): string {
  const before = view.joins.find((other) => other.to === join.from);
  return `${before === undefined ? join.from : viewPath(view, before)}.${join.to}`;
}

export function setUpSql(lens: FuzzLens): string {
  return [...lens.tables.values()].map(tableSql).join("\n");
}

function tableSql(table: FuzzTable): string {
  const columns = table.columns.map(({ name, type }) => `${name} ${type === "int" ? "INTEGER" : "VARCHAR"}`);
  const rows = table.rows.map(
    (row) => `(${table.columns.map(({ name }) => literal(row[name] ?? null)).join(", ")})`,
  );
  const insert = rows.length === 0 ? "" : `INSERT INTO ${table.name} VALUES ${rows.join(", ")};`;
  return `CREATE TABLE ${table.name} (${columns.join(", ")}); ${insert}`;
}

export function literal(value: Cell): string {
  if (typeof value === "string") return `'${value.replaceAll("'", "''")}'`;
  return value === null ? "NULL" : String(value);
}
