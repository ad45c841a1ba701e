// Resolves the references in one piece of the model's SQL and finds the base columns that it reads.
import type { AttributeReference } from "../attributes.ts";
import { didYouMean } from "../nearest-name.ts";
import { errorAt, hasErrors, type Problem, warningAt } from "../problem.ts";
import { callsAggregate } from "../sql/aggregate-calls.ts";
import { columnsRead, holdsSubquery } from "../sql/columns-read.ts";
import type { YamlPart, YamlPath } from "../yaml-source.ts";
import { attributeOwner, isListPlace, type KnownAttributes, linkAttribute } from "./link-attributes.ts";
import type { MemberSql, SqlReference } from "./model.ts";
import type { ModelNames } from "./model-names.ts";
import { cutSql, type SqlPiece } from "./sql-pieces.ts";

export interface LinkContext {
  readonly names: ModelNames;
  readonly problems: Problem[];
  readonly attributes: KnownAttributes;
}

/** Whose SQL it is. */
export interface SqlOwner {
  readonly table: string;
  /** Inside the member `x`, `{TABLE.x}` is the column, not the member itself. */
  readonly member: string | undefined;
  /** A row filter may hold a subquery: it decides which rows there are, and shows no value. */
  readonly isRowFilter?: boolean;
  /** Only segments read attributes of the reader: no value of a dimension or measure is another for each user. */
  readonly isSegment?: boolean;
}

export interface LinkedSql {
  /** The table whose SQL it is. */
  readonly table: string;
  readonly sql: MemberSql;
  /** Whether the text calls an aggregate function; undefined where the parser cannot tell. */
  readonly aggregates: boolean | undefined;
  readonly hasWindow: boolean;
  /** As `sql.reads`, but only columns that the text does not qualify with a table. */
  readonly bareReads: readonly string[] | "all";
}

/** `.name` or `."any name"` behind a table's alias. */
const columnAfterAlias = /^\s*\.\s*(?:([A-Za-z_]\w*)|"((?:[^"]|"")+)")/;
/** What takes the place of a reference for the parser: an expression without columns. */
const placeholder = "(NULL)";

/** Links the text at `path` of `part`; undefined after a problem. */
export async function linkSql(
  context: LinkContext,
  owner: SqlOwner,
  part: YamlPart,
  path: YamlPath,
  text: string,
): Promise<LinkedSql | undefined> {
  const { pieces, calls, quotedAttribute, fault } = cutSql(text);
  const before = context.problems.length;
  const report: Report = (message, piece, problemAt = errorAt) => {
    const place =
      piece?.kind === "reference" ? part.placeWithin(path, piece.raw, piece.nth) : part.place(path);
    context.problems.push(problemAt(place, message));
  };
  if (fault !== undefined) report(fault);
  // Taken for text it would filter by a value that nobody has, and with <> by none.
  if (quotedAttribute !== undefined && owner.isSegment === true)
    report(
      `${quotedAttribute} stands in quotes, where it is text; leave them out, values are quoted by themselves`,
    );
  if (text.trim() === "") report("the SQL is empty");
  const parts = resolvePieces(context, owner, pieces, report);
  if (hasErrors(context.problems.slice(before)) || parts === undefined) return undefined;
  const parsed = textForParser(parts, owner.table);
  const reads = await columnsRead(parsed, [owner.table]);
  if (reads === "all" && owner.isRowFilter !== true && (await holdsSubquery(parsed))) {
    report("a subquery reads past row filters and masks; put it into the table's base SQL");
    return undefined;
  }
  const bareReads =
    reads === "all" ? "all" : await columnsRead(textForParser(parts, undefined), [owner.table]);
  const sql: MemberSql = { parts, reads, location: part.place(path) };
  return {
    table: owner.table,
    sql,
    aggregates: await callsAggregate(parsed),
    hasWindow: calls.includes("over"),
    bareReads,
  };
}

/** SQL that is one base column and nothing else. */
export function columnSql(table: string, column: string, part: YamlPart, path: YamlPath): MemberSql {
  return { parts: [{ kind: "column", table, name: column }], reads: [column], location: part.place(path) };
}

/** References of a text, each once for each time it stands there. */
export function referencesOf(sql: MemberSql): readonly SqlReference[] {
  return sql.parts.filter((part) => typeof part !== "string" && part.kind !== "attribute");
}

/** Attributes of the reader or the reader's group that the text itself reads, each once for each time it stands there. */
export function attributesOf(sql: MemberSql): readonly AttributeReference[] {
  return sql.parts.filter((part) => typeof part !== "string" && part.kind === "attribute");
}

type MemberSqlPart = MemberSql["parts"][number];
type Report = (message: string, piece?: SqlPiece, problemAt?: typeof errorAt) => void;

function resolvePieces(
  context: LinkContext,
  owner: SqlOwner,
  pieces: readonly SqlPiece[],
  report: Report,
): MemberSqlPart[] | undefined {
  const { names } = context;
  const parts: MemberSqlPart[] = [];
  let usable = true;
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i] as SqlPiece;
    if (piece.kind === "text") {
      parts.push(piece.text);
      continue;
    }
    const next = pieces[i + 1];
    const attribute = resolveAttribute(context, owner, [pieces[i - 1], piece, next], report);
    if (attribute !== "none") {
      if (attribute === undefined) usable = false;
      else parts.push(attribute);
      continue;
    }
    const column = next?.kind === "text" ? columnAfterAlias.exec(next.text) : null;
    const resolved = resolveReference(names, owner, piece, column !== null, report);
    if (resolved === undefined) {
      usable = false;
    } else if (resolved.kind === "alias" && column !== null && next?.kind === "text") {
      const name = column[1] ?? (column[2] ?? "").replaceAll('""', '"');
      parts.push({ kind: "column", table: resolved.table, name });
      const rest = next.text.slice(column[0].length);
      if (rest !== "") parts.push(rest);
      i++;
    } else {
      parts.push(resolved);
    }
  }
  return usable ? parts : undefined;
}

/**
 * A reference to an attribute of the reader or of the reader's group; "none" where it is of another kind, undefined
 * after a problem. Where the model has a table of that name, the table is meant, unless that leaves a doubt.
 */
function resolveAttribute(
  { names, attributes }: LinkContext,
  owner: SqlOwner,
  [before, piece, next]: readonly [SqlPiece | undefined, SqlPiece, SqlPiece | undefined],
  report: Report,
): AttributeReference | "none" | undefined {
  if (piece.kind !== "reference") return "none";
  const [first = "", name = ""] = piece.path;
  const whose = attributeOwner(first);
  if (whose === undefined) return "none";
  if (piece.path.length === 1 && names.tables.get(owner.table)?.has(first) === true) return "none";
  if (names.tables.has(first)) {
    if (owner.isRowFilter !== true) return "none";
    const doubt = `${piece.raw} may be an attribute or of the table "${first}"`;
    if (attributes.declared?.has(name) === true) {
      report(`${doubt}; rename one of them`, piece);
      return undefined;
    }
    // Taken for the wrong one, a filter would compare a row with itself.
    const answer = `the table is meant; "attributes: {}" in the group file says so`;
    if (attributes.declared === undefined) report(`${doubt}; ${answer}`, piece, warningAt);
    return "none";
  }
  const textOf = (side: SqlPiece | undefined) => (side?.kind === "text" ? side.text : "");
  const linked = linkAttribute(attributes, whose, piece.path, isListPlace(textOf(before), textOf(next)));
  if (typeof linked !== "string" && owner.isSegment === true) return linked;
  report(
    typeof linked === "string"
      ? linked
      : `${piece.raw} can be read in segments only; compare with it in a segment`,
    piece,
  );
  return undefined;
}

/** Broken members and tables resolve to nothing and are not reported again. */
function resolveReference(
  names: ModelNames,
  owner: SqlOwner,
  piece: SqlPiece & { readonly kind: "reference" },
  columnFollows: boolean,
  report: Report,
): SqlReference | undefined {
  const [first = "", second, third] = piece.path;
  if (third !== undefined) {
    report(`${piece.raw} has too many dots; a reference is {member} or {table.member}`, piece);
    return undefined;
  }
  if (second === undefined) return resolveSingle(names, owner, piece, first, columnFollows, report);
  const table = first === "TABLE" ? owner.table : first;
  const members = names.tables.get(table);
  if (members === undefined) {
    if (!names.incomplete) {
      const owner = attributeOwner(table.toLowerCase());
      const hint = owner && `; an attribute is written {${owner}.${second}}`;
      report(`there is no table "${table}"${hint ?? didYouMean(table, names.tables.keys())}`, piece);
    }
    return undefined;
  }
  const kind = members.get(second);
  if (kind === "broken") return undefined;
  const itself = table === owner.table && second === owner.member;
  if (kind === undefined || itself) return { kind: "column", table, name: second };
  return { kind, table, name: second };
}

function resolveSingle(
  names: ModelNames,
  owner: SqlOwner,
  piece: SqlPiece & { readonly kind: "reference" },
  name: string,
  columnFollows: boolean,
  report: Report,
): SqlReference | undefined {
  const own = names.tables.get(owner.table);
  const kind = columnFollows && names.tables.has(name) ? undefined : own?.get(name);
  if (kind === "broken") return undefined;
  if (kind !== undefined) return { kind, table: owner.table, name };
  const table = name === "TABLE" ? owner.table : name;
  if (names.tables.has(table)) {
    if (columnFollows) return { kind: "alias", table };
    report(`${piece.raw} is a table; write ${piece.raw}.column`, piece);
    return undefined;
  }
  if (!names.incomplete || !columnFollows) {
    const hint = didYouMean(name, [...(own?.keys() ?? []), ...names.tables.keys()]);
    report(
      `"${owner.table}" has no member "${name}"${hint || `; a column is written {TABLE}.${name}`}`,
      piece,
    );
  }
  return undefined;
}

/**
 * The text with references replaced by what the parser can read: columns of `table` by their quoted names, all else
 * by a constant. Without `table` no column is left but those that the text names itself.
 */
function textForParser(parts: MemberSql["parts"], table: string | undefined): string {
  return parts
    .map((part) => {
      if (typeof part === "string") return part;
      if (part.kind !== "column" || part.table !== table) return placeholder;
      return `"${part.name.replaceAll('"', '""')}"`;
    })
    .join("");
}
