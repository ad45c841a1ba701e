// Links one view: its fixed tree of joins and the members it shows.
import { didYouMean } from "../nearest-name.ts";
import { errorAt } from "../problem.ts";
import { isPublic } from "./is-public.ts";
import { formatPath, type JoinGraph, shortestPath } from "./join-graph.ts";
import type { LinkContext } from "./member-sql.ts";
import type { LinkedJoin, LinkedTable, LinkedView, ViewMember } from "./model.ts";
import { checkColumnName } from "./model-names.ts";
import type { Raw, RawViewParts, RawViewTable } from "./raw-model.ts";

export interface LinkedTables extends JoinGraph {
  readonly tables: ReadonlyMap<string, LinkedTable>;
}

/** undefined after a problem that leaves no usable tree. */
export function linkView(
  context: LinkContext,
  model: LinkedTables,
  parts: RawViewParts,
): LinkedView | undefined {
  const { value, part } = parts.view;
  const root = parts.tables[0]?.value.join_path.split(".")[0];
  if (root === undefined) return undefined;
  const entered = new Map<string, LinkedJoin>();
  const members = new Map<string, ViewMember>();
  const named = new Set(parts.tables.map((table) => table.value.join_path.split(".").at(-1) ?? ""));
  for (const table of parts.tables) {
    const path = resolvePath(context, model, root, table, named);
    if (path === undefined) continue;
    addJoins(context, table, path, entered);
    addMembers(context, model, table, path.at(-1)?.to ?? root, members);
  }
  return {
    name: value.name,
    description: value.description,
    public: isPublic(parts.view, context.problems),
    root,
    joins: [...entered.values()],
    members: [...members.values()],
    location: part.place(["name"]),
  };
}

/** The joins from the root to the table that the path ends in. */
function resolvePath(
  context: LinkContext,
  model: LinkedTables,
  root: string,
  { value, part }: Raw<RawViewTable>,
  named: ReadonlySet<string>,
): readonly LinkedJoin[] | undefined {
  const report = (message: string): undefined => {
    context.problems.push(errorAt(part.place(["join_path"]), message));
  };
  const steps = value.join_path.split(".");
  for (const step of steps) {
    if (model.tables.has(step)) continue;
    if (context.names.incomplete) return undefined;
    return report(`there is no table "${step}"${didYouMean(step, model.tables.keys())}`);
  }
  const [first = root, ...rest] = steps;
  const start = shortestPath(model, root, first, named);
  if (start === undefined) return report(noPath(model, root, first));
  if (start.kind === "ambiguous") {
    const [one, other] = start.paths.map(formatPath);
    return report(
      `two paths lead from "${root}" to "${first}": ${one} and ${other}; write one of them with dots`,
    );
  }
  const joins = [...start.joins];
  for (const step of rest) {
    const from = joins.at(-1)?.to ?? root;
    const join = model.tables.get(from)?.joins.find((candidate) => candidate.to === step);
    if (join === undefined) return report(`table "${from}" declares no join to "${step}"`);
    joins.push(join);
  }
  return joins;
}

/** Says that no declared joins lead from one table to the other, and which the first one declares. */
export function noPath(model: LinkedTables, from: string, to: string): string {
  const declared = model.tables.get(from)?.joins.map((join) => `"${join.to}"`) ?? [];
  const known = declared.length === 0 ? "declares no joins" : `declares joins to ${declared.join(", ")}`;
  return `no declared joins lead from "${from}" to "${to}"; "${from}" ${known}`;
}

function addJoins(
  context: LinkContext,
  table: Raw<RawViewTable>,
  path: readonly LinkedJoin[],
  entered: Map<string, LinkedJoin>,
): void {
  const [first] = path;
  for (const join of path) {
    const other = entered.get(join.to);
    if (other === join) continue;
    if (other === undefined && join.to !== first?.from) {
      entered.set(join.to, join);
      continue;
    }
    const message = `the view already reaches "${join.to}" another way, and a table stands in a view once`;
    context.problems.push(errorAt(table.part.place(["join_path"]), message));
    return;
  }
}

function addMembers(
  context: LinkContext,
  model: LinkedTables,
  { value, part }: Raw<RawViewTable>,
  tableName: string,
  members: Map<string, ViewMember>,
): void {
  const { problems } = context;
  const table = model.tables.get(tableName);
  const names = context.names.tables.get(tableName);
  if (table === undefined || names === undefined) return;
  const all = [...table.dimensions, ...table.measures, ...table.segments];
  const check = (list: readonly string[], key: string): void => {
    list.forEach((name, i) => {
      if (names.has(name)) return;
      const message = `table "${tableName}" has no member "${name}"${didYouMean(name, names.keys())}`;
      problems.push(errorAt(part.place([key, i]), message));
    });
  };
  check(value.excludes ?? [], "excludes");
  if (value.includes !== "*") check(value.includes, "includes");
  const wanted = value.includes === "*" ? all.map((member) => member.name) : value.includes;
  wanted.forEach((name, i) => {
    const member = all.find((candidate) => candidate.name === name);
    if (member === undefined || value.excludes?.includes(name)) return;
    const shown = value.prefix === true ? `${tableName}_${name}` : name;
    const place = part.place(value.includes === "*" ? ["includes"] : ["includes", i]);
    const other = members.get(shown);
    if (other !== undefined) {
      const message = `the view already has a column "${shown}", from "${other.table}"; write "prefix: true"`;
      problems.push(errorAt(place, message));
      return;
    }
    if (value.prefix === true) checkColumnName(shown, place, problems);
    members.set(shown, { name: shown, table: tableName, member: name, kind: member.kind });
  });
}
