// M6, for the messages: which two tables are not connected, and which joins there are.
import { type JoinGraph, shortestPath } from "../model/join-graph.ts";

/** The first two of the tables that no declared path connects. */
export function unconnectedPair(model: JoinGraph, tables: readonly string[]): readonly string[] {
  for (const one of tables)
    for (const other of tables)
      if (one !== other && shortestPath(model, one, other) === undefined) return [one, other];
  return tables.slice(0, 2);
}

/** The declared joins that touch one of the tables. */
export function declaredJoins(model: JoinGraph, tables: readonly string[]): readonly string[] {
  const texts: string[] = [];
  for (const table of model.tables.values())
    for (const join of table.joins)
      if (tables.includes(join.from) || tables.includes(join.to)) texts.push(`${join.from} -> ${join.to}`);
  return texts;
}
