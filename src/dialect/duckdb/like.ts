// LIKE and ILIKE with PostgreSQL's escapes: a backslash unless another is named.

import { functionId } from "../../query/offered-functions.ts";
import type { Call, Rendering } from "../dialect.ts";
import { hints } from "../hints.ts";
import { argument, constantText } from "./arguments.ts";
import { textLiteral } from "./identifiers.ts";

type Word = "LIKE" | "NOT LIKE" | "ILIKE" | "NOT ILIKE";

export function like(word: Word): Rendering {
  return (call) => {
    const { pattern, clause } = patternOf(call);
    return `(${argument(call, 0)} ${word} ${pattern}${clause})`;
  };
}

function patternOf(call: Call): { pattern: string; clause: string } {
  const node = call.nodes[1];
  if (node?.kind === "FuncExpr" && functionId(node.function) === "like_escape") {
    const [pattern, mark] = node.args;
    if (pattern === undefined || mark?.kind !== "Const" || typeof mark.value !== "string") {
      return call.refuse("an ESCAPE that is not a constant", call.location, hints.literal);
    }
    if ([...mark.value].length > 1)
      return call.refuse("an ESCAPE of several characters", call.location, "Name one character.");
    const text = call.print(pattern);
    return { pattern: text, clause: mark.value === "" ? "" : ` ESCAPE ${textLiteral(mark.value)}` };
  }
  const constant = constantText(call, 1);
  const plain = constant !== undefined && !constant.includes("\\");
  return { pattern: argument(call, 1), clause: plain ? "" : " ESCAPE '\\'" };
}
