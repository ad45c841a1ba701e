// A measure may be made of measures of tables that FROM does not hold. Those are joined by the model, in the measure's
// side plan alone, so that no other column of the block changes (law a of M8).
import { shortestPath } from "../model/join-graph.ts";
import type { FromItem } from "../query/query.ts";
import type { Block, Extension } from "./block.ts";
import { joinCondition } from "./member-sql.ts";
import { connectedInstances, type JoinShape, type ScanAccess } from "./shape.ts";

/**
 * The instance of `table` joined to `access` along the model's only shortest path; undefined where there is none.
 * `several` throws for a table on the way that stands several times in FROM.
 */
export function extendFrom(
  block: Block,
  access: ScanAccess,
  table: string,
  several: (table: string) => never,
): Extension | undefined {
  const key = `${access.key}|${table}`;
  const known = block.extensions.get(key);
  if (known !== undefined) return known;
  const { compilation } = block;
  const path = shortestPath(compilation.input.visible.model.linked, access.table, table);
  if (path?.kind !== "path") return undefined;
  const base = [...block.extensions.values()].find((extension) => extension.access === access);
  let current = access;
  let shape: JoinShape = base?.shape ?? block.shape;
  const missing = [...path.joins];
  // Tables on the way that FROM holds are its own rows, as they would be were the table named in FROM too (law b).
  for (const join of path.joins) {
    const [held, second] = connectedInstances(shape, current.key, join.to);
    if (second !== undefined) several(join.to);
    if (held === undefined) break;
    current = held;
    missing.shift();
  }
  const joins: { item: FromItem; on: ReturnType<typeof joinCondition> }[] = [];
  for (const join of missing) {
    const scan = compilation.newScan(join.to);
    joins.push({
      item: { kind: "entry", entry: scan.entry },
      on: joinCondition(join, current, scan.access),
    });
    shape = {
      kind: "join",
      type: "left",
      left: shape,
      right: { kind: "scan", access: scan.access },
      edge: { left: current.key, right: scan.access.key, relationship: join.relationship },
    };
    current = scan.access;
    const extension: Extension = { access: current, shape, joins: [...(base?.joins ?? []), ...joins] };
    block.extensions.set(join.to === table ? key : `${key}|${join.to}`, extension);
  }
  return block.extensions.get(key);
}
