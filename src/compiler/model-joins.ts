// M6, for the messages: which two tables are not connected, and which joins there are.
import { type JoinGraph, shortestPath } from "../model/join-graph.ts";

/** The first two of the tables that no declared path connects. */
export function unconnectedPair(model: JoinGraph, tables: readonly string[]): readonly string[] {
  for (const one of tables)
    for (const other of tables)
      if (one !== other && shortestPath(model, one, other) === undefined) return [one, other];
  return tables.slice(0, 2);
}

/** The declared joins that touch one of the tables, between tables that may be shown. */
export function declaredJoins(
  model: JoinGraph,
  tables: readonly string[],
  isShown: (table: string) => boolean,
): readonly string[] {
  const texts: string[] = [];
  for (const table of model.tables.values())
    for (const { from, to } of table.joins)
      if ((tables.includes(from) || tables.includes(to)) && isShown(from) && isShown(to))
        texts.push(`${from} -> ${to}`);
  return texts;
}
