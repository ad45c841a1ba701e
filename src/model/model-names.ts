// The names of a model, before anything is linked: what exists, and of which kind.
import { errorAt, type Problem, type SourceLocation } from "../problem.ts";
import type { Raw, RawModel, RawTableParts } from "./raw-model.ts";

/** `broken`: a member that was written wrongly; references to it say nothing more. */
export type MemberKind = "dimension" | "measure" | "segment" | "broken";

export interface ModelNames {
  readonly tables: ReadonlyMap<string, ReadonlyMap<string, MemberKind>>;
  /** A table that is not found may stand in a file that could not be read. */
  readonly incomplete: boolean;
}

/** PostgreSQL's limit for a name: NAMEDATALEN - 1. Longer ones would be cut, and then clash. */
const nameBytesMax = 63;
const namePattern = /^[a-zA-Z][a-zA-Z0-9_]*$/;

/** PostgreSQL gives every table columns of these names. Source: heap.c. */
const systemColumns = new Set(["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid", "oid"]);

/** How the model itself spells "this table" in SQL. */
const ownTableWord = "TABLE";

/** Collects the names and reports those that cannot be used and those that stand twice. */
export function collectNames(raw: RawModel, problems: Problem[]): ModelNames {
  const tables = new Map<string, Map<string, MemberKind>>();
  const relations = new Map<string, SourceLocation>();
  for (const parts of raw.tables) {
    const { name } = parts.table.value;
    checkRelationName(parts.table, name, problems);
    claim(relations, name, nameOf(parts.table), "a table or view", problems);
    if (!tables.has(name)) tables.set(name, collectMembers(parts, problems));
  }
  for (const { view } of raw.views) {
    checkRelationName(view, view.value.name, problems);
    claim(relations, view.value.name, nameOf(view), "a table or view", problems);
  }
  return { tables, incomplete: raw.incomplete };
}

function collectMembers(parts: RawTableParts, problems: Problem[]): Map<string, MemberKind> {
  const kinds = new Map<string, MemberKind>([...parts.broken].map((name) => [name, "broken"]));
  const places = new Map<string, SourceLocation>();
  const add = (kind: MemberKind, members: readonly Raw<{ readonly name: string }>[]): void => {
    for (const member of members) {
      const { name } = member.value;
      checkColumnName(name, nameOf(member), problems);
      claim(places, name, nameOf(member), `a member of "${parts.table.value.name}"`, problems);
      kinds.set(name, kind);
    }
  };
  add("dimension", parts.dimensions);
  add("measure", parts.measures);
  add("segment", parts.segments);
  return kinds;
}

function nameOf(raw: Raw<unknown>): SourceLocation {
  return raw.part.place(["name"]);
}

function claim(
  taken: Map<string, SourceLocation>,
  name: string,
  place: SourceLocation,
  what: string,
  problems: Problem[],
): void {
  const first = taken.get(name);
  if (first === undefined) {
    taken.set(name, place);
    return;
  }
  problems.push(
    errorAt(place, `"${name}" is already ${what}, at ${first.file}:${first.line}:${first.column}`),
  );
}

function checkRelationName(raw: Raw<unknown>, name: string, problems: Problem[]): void {
  if (name === ownTableWord) {
    problems.push(
      errorAt(nameOf(raw), `"${ownTableWord}" means the table itself in SQL and cannot be a name`),
    );
  }
  checkName(name, nameOf(raw), problems);
}

/** The name of a column as clients see it. */
export function checkColumnName(name: string, place: SourceLocation, problems: Problem[]): void {
  checkName(name, place, problems);
  if (systemColumns.has(name)) {
    problems.push(
      errorAt(place, `"${name}" is a system column of every PostgreSQL table; choose another name`),
    );
  }
}

function checkName(name: string, place: SourceLocation, problems: Problem[]): void {
  if (!namePattern.test(name)) {
    problems.push(errorAt(place, `"${name}" is not a name: letters, digits and _, a letter first`));
  } else if (Buffer.byteLength(name) > nameBytesMax) {
    problems.push(errorAt(place, `"${name}" is longer than ${nameBytesMax} bytes`));
  }
}
