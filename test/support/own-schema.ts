// The schema `lenswire` in a real PostgreSQL, without rows: what tools read of the catalog is then the same.
import { ownRelationsSql } from "../../src/postgres/own-relations.ts";

export const ownSchemaDdl = ownRelationsSql((_, columns) => {
  const values = columns.map(([name, type]) => `NULL::${type} AS "${name}"`);
  return `SELECT ${values.join(", ")} WHERE false`;
}).join(";\n");
