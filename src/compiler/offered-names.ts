// PostgreSQL's names of aggregates and operators by OID, of those that clients are offered.
import { aggregateId, aggregates, operatorId, operators } from "../query/offered-functions.ts";

export function aggregateName(oid: number): string | undefined {
  const id = aggregateId(oid);
  return id === undefined ? undefined : aggregates[id].name;
}

export function operatorName(oid: number): string | undefined {
  const id = operatorId(oid);
  return id === undefined ? undefined : operators[id].name;
}
