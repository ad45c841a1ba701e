// Which source each table of a model lies in, and that no member needs two of them at once: one statement is one query
// of one warehouse.
import { assert } from "../errors.ts";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, type Problem } from "../problem.ts";
import { referencesOf } from "./member-sql.ts";
import { collectUses, type MemberUse } from "./member-uses.ts";
import type { LinkedModel } from "./model.ts";

export interface TableSources {
  /** The source of every table, by the table's name. */
  readonly ofTable: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

/** `lensSource` is the lens's own: that of tables without `data_source`, or with `default`. */
export function tableSources(
  model: LinkedModel,
  lensSource: string,
  sources: readonly string[],
): TableSources {
  const problems: Problem[] = [];
  const ofTable = new Map<string, string>();
  for (const table of model.tables.values()) {
    const named = table.dataSource;
    const isOwn = named === undefined || named === "default";
    ofTable.set(table.name, isOwn ? lensSource : named);
    if (isOwn || sources.includes(named)) continue;
    const message = `table "${table.name}" names the source "${named}", which the configuration does not have`;
    problems.push(errorAt(table.location, message + didYouMean(named, sources)));
  }
  for (const use of collectUses(model).values()) {
    const far = farTable(use, ofTable);
    if (far === undefined) continue;
    const what = `${use.member.kind} "${use.member.name}" of table "${use.table}"`;
    problems.push(errorAt(use.member.location, `${what} ${readsFar(use.table, far, ofTable)}`));
  }
  for (const view of model.views.values()) {
    const far = view.joins.find((join) => ofTable.get(join.to) !== ofTable.get(view.root));
    if (far === undefined) continue;
    problems.push(errorAt(view.location, `view "${view.name}" ${readsFar(view.root, far.to, ofTable)}`));
  }
  return { ofTable, problems };
}

/** The opened source of each table, out of all that are configured. */
export function sourceByTable<Source>(
  { ofTable }: TableSources,
  opened: ReadonlyMap<string, Source>,
): (table: string) => Source {
  return (table) => {
    const source = opened.get(ofTable.get(table) ?? "");
    assert(source !== undefined, `the source of table ${table} is open`);
    return source;
  };
}

/** A table of another source that the member's own SQL reads. */
function farTable(use: MemberUse, ofTable: ReadonlyMap<string, string>): string | undefined {
  const { member } = use;
  const read = use.sqls.flatMap((sql) => referencesOf(sql).map(({ table }) => table));
  if (member.kind === "dimension" && member.source.kind === "subQuery") read.push(member.source.table);
  return read.find((table) => ofTable.get(table) !== ofTable.get(use.table));
}

function readsFar(own: string, far: string, ofTable: ReadonlyMap<string, string>): string {
  const places = `"${own}" lies in the source "${ofTable.get(own)}" and "${far}" in "${ofTable.get(far)}"`;
  return `needs tables of two sources: ${places}`;
}
