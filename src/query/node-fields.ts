// The fields of one printed node, taken one after the other by name: a missing, renamed or additional field is an error,
// so that a tree printed by another release of PostgreSQL is never half understood.
import { type DumpDatum, type DumpNode, type DumpValue, tokenName } from "./dump-node.ts";
import { unreadableTree } from "./query-errors.ts";

export class NodeFields {
  readonly label: string;
  private readonly node: DumpNode;
  private next = 0;

  constructor(node: DumpNode) {
    this.node = node;
    this.label = node.label;
  }

  /** The value of the next field, which must have this name. */
  value(name: string): DumpValue {
    const at = this.next++;
    if (this.node.names[at] !== name) {
      throw unreadableTree(
        `field ${this.node.names[at] ?? "(none)"} of ${this.label} where ${name} was expected`,
      );
    }
    return this.node.values[at] ?? null;
  }

  /** The name of the field that comes next, for nodes whose fields depend on one another. */
  peek(): string | undefined {
    return this.node.names[this.next];
  }

  skip(...names: readonly string[]): void {
    for (const name of names) this.value(name);
  }

  token(name: string): string {
    const value = this.value(name);
    if (typeof value !== "string") throw this.wrong(name, "a token");
    return value;
  }

  number(name: string): number {
    const value = Number(this.token(name));
    if (!Number.isInteger(value)) throw this.wrong(name, "a number");
    return value;
  }

  boolean(name: string): boolean {
    const value = this.token(name);
    if (value !== "true" && value !== "false") throw this.wrong(name, "a boolean");
    return value === "true";
  }

  /** A name, or undefined for none. */
  name(name: string): string | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    if (typeof value !== "string") throw this.wrong(name, "a name");
    return tokenName(value);
  }

  nodeOrNull(name: string): DumpNode | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    if (typeof value !== "object" || value.kind !== "node") throw this.wrong(name, "a node");
    return value;
  }

  childNode(name: string): DumpNode {
    const node = this.nodeOrNull(name);
    if (node === undefined) throw this.wrong(name, "a node");
    return node;
  }

  /** The items of a list; none for an absent one. */
  list(name: string): readonly DumpValue[] {
    const value = this.value(name);
    if (value === null) return [];
    if (typeof value !== "object" || value.kind !== "list") throw this.wrong(name, "a list");
    return value.items;
  }

  nodes(name: string): readonly DumpNode[] {
    return this.list(name).map((item) => asNode(item, name));
  }

  numbers(name: string): readonly number[] {
    return this.list(name).map((item) => {
      const value = typeof item === "string" ? Number(item) : Number.NaN;
      if (!Number.isInteger(value)) throw this.wrong(name, "a list of numbers");
      return value;
    });
  }

  /** A list of strings: tokens in double quotes. */
  strings(name: string): readonly string[] {
    return this.list(name).map((item) => {
      if (typeof item !== "string" || item.length < 2 || !item.startsWith('"') || !item.endsWith('"')) {
        throw this.wrong(name, "a list of strings");
      }
      return tokenName(item.slice(1, -1));
    });
  }

  datum(name: string): DumpDatum | undefined {
    const value = this.value(name);
    if (value === null) return undefined;
    if (typeof value !== "object" || value.kind !== "datum") throw this.wrong(name, "a datum");
    return value;
  }

  /** Fields that must be empty in the trees that are read. */
  expectNull(...names: readonly string[]): void {
    for (const name of names) {
      if (this.value(name) !== null) throw this.wrong(name, "nothing");
    }
  }

  end(): void {
    const rest = this.node.names[this.next];
    if (rest !== undefined) throw unreadableTree(`unknown field ${rest} of ${this.label}`);
  }

  private wrong(name: string, expected: string): Error {
    return unreadableTree(`${expected} expected in ${name} of ${this.label}`);
  }
}

export function asNode(value: DumpValue, where: string): DumpNode {
  if (value === null || typeof value === "string" || value.kind !== "node") {
    throw unreadableTree(`a node expected in ${where}`);
  }
  return value;
}
