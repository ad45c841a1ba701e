// LIKE and ILIKE with PostgreSQL's escapes: a backslash unless another is named.

import { functionId } from "../../query/offered-functions.ts";
import type { Call, Rendering } from "../dialect.ts";
import { argument, constantText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";

type Word = "LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE";

export function like(word: Word): Rendering {
  return (call) => {
    const { pattern, escape } = patternOf(call);
    return `(${argument(call, 0)} ${word} ${pattern}${escape})`;
  };
}

function patternOf(call: Call): { pattern: string; escape: string } {
  const node = call.nodes[1];
  if (node?.kind === "FuncExpr" && functionId(node.function) === "like_escape") {
    const [pattern, escape] = node.args;
    if (pattern === undefined || escape?.kind !== "Const" || typeof escape.value !== "string") {
      return call.refuse("an ESCAPE that is not a constant", call.location);
    }
    if ([...escape.value].length > 1) return call.refuse("an ESCAPE of several characters", call.location);
    const text = call.print(pattern);
    return { pattern: text, escape: escape.value === "" ? "" : ` ESCAPE ${textLiteral(escape.value)}` };
  }
  const constant = constantText(call, 1);
  const plain = constant !== undefined && !constant.includes("\\");
  return { pattern: argument(call, 1), escape: plain ? "" : " ESCAPE '\\'" };
}
