// Finds names that a template uses and nothing declares, which Jinja itself would render as nothing.
import nunjucks from "nunjucks";

export interface UndefinedName {
  readonly name: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number;
  readonly declared: readonly string[];
}

/** The part of nunjucks's tree that is looked at here; its type definitions leave it out. */
interface TemplateNode {
  readonly typename: string;
  readonly fields: readonly string[];
  readonly lineno: number;
  readonly colno: number;
  readonly value?: unknown;
  readonly targets?: unknown;
  readonly body?: unknown;
  readonly name?: unknown;
  readonly arr?: unknown;
  readonly else_?: unknown;
  readonly args?: unknown;
  readonly left?: unknown;
  readonly right?: unknown;
  readonly key?: unknown;
}

interface Walk {
  readonly declared: Set<string>;
  readonly used: { name: string; line: number; column: number }[];
}

/** A template that does not parse has no names; rendering it tells why. */
export function findUndefinedNames(text: string, globals: readonly string[]): UndefinedName[] {
  const { parser } = nunjucks as unknown as { parser: { parse(text: string): TemplateNode } };
  const walk: Walk = { declared: new Set(), used: [] };
  try {
    visit(parser.parse(text), walk);
  } catch {
    return [];
  }
  const declared = [...walk.declared];
  return walk.used
    .filter(({ name }) => !walk.declared.has(name) && !globals.includes(name))
    .map((use) => ({ ...use, declared }));
}

function visit(node: unknown, walk: Walk): void {
  if (Array.isArray(node)) {
    for (const item of node) visit(item, walk);
    return;
  }
  if (!isNode(node)) return;
  switch (node.typename) {
    case "Symbol":
      walk.used.push({ name: String(node.value), line: node.lineno + 1, column: node.colno + 1 });
      return;
    case "Set":
      declare(node.targets, walk);
      visit(node.value, walk);
      visit(node.body, walk);
      return;
    case "For":
      declare(node.name, walk);
      visit([node.arr, node.body, node.else_], walk);
      return;
    case "Macro":
    case "Caller":
      declare([node.name, node.args], walk);
      visit(node.body, walk);
      return;
    case "Filter":
      visit(node.args, walk);
      return;
    case "Is":
      visitTest(node, walk);
      return;
    case "Pair":
      visit(node.value, walk);
      return;
    default:
      for (const field of node.fields) visit(fieldOf(node, field), walk);
  }
}

/** `x is defined` asks about a name and does not use it. */
function visitTest(node: TemplateNode, walk: Walk): void {
  const right = node.right;
  const test = isNode(right) && right.typename === "Symbol" ? right.value : undefined;
  if (test !== "defined" && test !== "undefined") visit(node.left, walk);
  if (isNode(right) && right.typename === "FunCall") visit(right.args, walk);
}

/** Declares the names in a target, an argument list or a default; defaults are used. */
function declare(node: unknown, walk: Walk): void {
  if (Array.isArray(node)) {
    for (const item of node) declare(item, walk);
    return;
  }
  if (!isNode(node)) return;
  if (node.typename === "Symbol") {
    walk.declared.add(String(node.value));
    return;
  }
  if (node.typename === "Pair") {
    declare(node.key, walk);
    visit(node.value, walk);
    return;
  }
  for (const field of node.fields) declare(fieldOf(node, field), walk);
}

function fieldOf(node: TemplateNode, field: string): unknown {
  return (node as unknown as Record<string, unknown>)[field];
}

function isNode(value: unknown): value is TemplateNode {
  return typeof value === "object" && value !== null && "typename" in value;
}
