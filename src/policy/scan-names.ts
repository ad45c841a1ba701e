// What a secured scan calls its columns: names that the model's own SQL cannot spell by accident.
import type { ScanOutput } from "../query/query.ts";

export function outputName(output: ScanOutput): string {
  switch (output.kind) {
    case "dimension":
    case "segment":
      return output.name;
    case "rawKey":
      return `key ${output.source} ${output.name}`;
    case "measureArgument":
      return `argument of ${output.name}`;
    case "measureFilter":
      return `filter of ${output.name}`;
    case "baseColumn":
      return `column ${output.name}`;
    case "joinedMember":
      return `${output.table}.${output.name}`;
    case "presence":
      return "present row";
    default:
      return output satisfies never;
  }
}

/** The name under which a joined scan yields a column: one that no bare name in model SQL can be. */
export function joinedName(table: string, output: ScanOutput): string {
  return `${table}: ${outputName(output)}`;
}
