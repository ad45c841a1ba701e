// Links one join and finds the key equalities that its condition is made of.
import { didYouMean } from "../nearest-name.ts";
import { errorAt } from "../problem.ts";
import { checkRowSql } from "./link-dimension.ts";
import { type LinkContext, linkSql, referencesOf } from "./member-sql.ts";
import type { JoinKey, LinkedJoin, MemberSql, SqlReference } from "./model.ts";
import type { Raw, RawJoin } from "./raw-model.ts";

export async function linkJoin(
  context: LinkContext,
  table: string,
  raw: Raw<RawJoin>,
): Promise<LinkedJoin | undefined> {
  const { value, part } = raw;
  const { problems, names } = context;
  const target = value.name;
  if (target === table) {
    problems.push(errorAt(part.place(["name"]), `table "${table}" cannot declare a join to itself`));
    return undefined;
  }
  if (!names.tables.has(target)) {
    if (!names.incomplete) {
      const message = `there is no table "${target}"${didYouMean(target, names.tables.keys())}`;
      problems.push(errorAt(part.place(["name"]), message));
    }
    return undefined;
  }
  const linked = await linkSql(context, { table, member: undefined }, part, ["sql"], value.sql);
  if (linked === undefined) return undefined;
  const what = `the join from "${table}" to "${target}"`;
  checkRowSql(context, [linked.sql], what, "a join compares values of rows");
  for (const reference of referencesOf(linked.sql)) {
    if (reference.table === table || reference.table === target) continue;
    problems.push(errorAt(part.place(["sql"]), `${what} reads a third table, "${reference.table}"`));
  }
  if (linked.bareReads !== "all" && linked.bareReads.length > 0) {
    const [column] = linked.bareReads;
    const message = `${what} reads "${column}" of no named table; write {TABLE}.${column} or {${target}}.${column}`;
    problems.push(errorAt(part.place(["sql"]), message));
  }
  return {
    from: table,
    to: target,
    relationship: value.relationship,
    sql: linked.sql,
    keys: keysOf(linked.sql, table, target),
    location: part.place(["name"]),
  };
}

type Token = SqlReference | "(" | ")" | "=" | "and";

/** The equalities of a condition that is a conjunction of `one side = other side` and of nothing else. */
function keysOf(sql: MemberSql, from: string, to: string): readonly JoinKey[] | undefined {
  const tokens = tokensOf(sql);
  if (tokens === undefined) return undefined;
  const keys: JoinKey[] = [];
  let at = 0;
  const conjunction = (): boolean => {
    do {
      if (tokens[at] === "(") {
        at++;
        if (!conjunction() || tokens[at++] !== ")") return false;
      } else {
        const key = keyOf(tokens[at], tokens[at + 1], tokens[at + 2], from, to);
        if (key === undefined) return false;
        keys.push(key);
        at += 3;
      }
    } while (tokens[at] === "and" && ++at > 0);
    return true;
  };
  return conjunction() && at === tokens.length ? keys : undefined;
}

function tokensOf(sql: MemberSql): Token[] | undefined {
  const tokens: Token[] = [];
  for (const part of sql.parts) {
    if (typeof part !== "string") {
      if (part.kind === "attribute") return undefined;
      tokens.push(part);
      continue;
    }
    for (const word of part.trim().split(/\s+|(?=[()=])|(?<=[()=])/)) {
      const token = word.toLowerCase();
      if (token === "") continue;
      if (token !== "(" && token !== ")" && token !== "=" && token !== "and") return undefined;
      tokens.push(token);
    }
  }
  return tokens;
}

function keyOf(
  left: Token | undefined,
  operator: Token | undefined,
  right: Token | undefined,
  from: string,
  to: string,
): JoinKey | undefined {
  if (operator !== "=" || typeof left !== "object" || typeof right !== "object") return undefined;
  const [own, other] = left.table === from ? [left, right] : [right, left];
  if (own.table !== from || other.table !== to) return undefined;
  const fromEnd = endOf(own);
  const toEnd = endOf(other);
  return fromEnd && toEnd && { from: fromEnd, to: toEnd };
}

function endOf(reference: SqlReference): JoinKey["from"] | undefined {
  if (reference.kind !== "dimension" && reference.kind !== "column") return undefined;
  return { kind: reference.kind, name: reference.name };
}
