// SHOW lenswire.limits: the rows of that relation.
import type { Node } from "@pgsql/types";
import { type OwnRelationName, ownRelationNames, ownSchema } from "../postgres/own-relations.ts";

/** The relation of the schema `lenswire` that a SHOW names; undefined for a setting. */
export function shownRelation(node: Node): OwnRelationName | undefined {
  if (!("VariableShowStmt" in node)) return undefined;
  const name = (node.VariableShowStmt.name ?? "").toLowerCase();
  return ownRelationNames.find((relation) => name === `${ownSchema}.${relation}`);
}

export function selectOf(relation: OwnRelationName): string {
  return `SELECT * FROM ${ownSchema}.${relation}`;
}
