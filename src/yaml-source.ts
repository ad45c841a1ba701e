// A YAML text as plain values that remember where in the text they stand.
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLMap,
} from "yaml";
import { errorAt, type Problem, type SourceLocation } from "./problem.ts";

export type YamlPath = readonly PropertyKey[];

/** Aliases that one text may resolve to, so that a small file cannot become a huge value. */
const aliasCountMax = 100;

/** Where an offset of the parsed text lies in the file as its author sees it. */
export type PlaceOfOffset = (offset: number) => SourceLocation;

/** A value and the places of everything in it; paths count from this value. */
export interface YamlPart {
  readonly value: unknown;
  /** The value at the path, or the nearest thing above it that exists. */
  place(path?: YamlPath): SourceLocation;
  /** The key at the end of the path. */
  keyPlace(path: YamlPath): SourceLocation;
  /**
   * The `nth` (from 0) occurrence of `needle` in the scalar at the path; the scalar itself where its text differs
   * from its value (escapes, folded lines inside the needle).
   */
  placeWithin(path: YamlPath, needle: string, nth: number): SourceLocation;
  /** Whether the scalar at the path is written in quotes or as a block. */
  quoted(path: YamlPath): boolean;
  part(path: YamlPath): YamlPart;
}

export function placesOfText(file: string, text: string): PlaceOfOffset {
  const counter = new LineCounter();
  counter.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) counter.addNewLine(at + 1);
  return (offset) => {
    const { line, col } = counter.linePos(Math.min(Math.max(offset, 0), text.length));
    return { file, line, column: col };
  };
}

/** Parses one document. Syntax errors go to `problems`, and then there is no value. */
export function readYaml(text: string, placeOf: PlaceOfOffset, problems: Problem[]): YamlPart | undefined {
  const document = parseDocument(text, { prettyErrors: false, version: "1.2" });
  const faults = [...document.errors, ...document.warnings];
  for (const fault of faults) {
    problems.push(errorAt(placeOf(fault.pos[0]), yamlMessage(fault.code, fault.message)));
  }
  if (faults.length > 0) return undefined;
  try {
    const value: unknown = document.toJS({ maxAliasCount: aliasCountMax });
    return partOf({ document, text, placeOf }, [], value);
  } catch (error) {
    problems.push(errorAt(placeOf(0), `not readable as YAML: ${(error as Error).message}`));
    return undefined;
  }
}

function yamlMessage(code: string, message: string): string {
  const text = message.charAt(0).toLowerCase() + message.slice(1);
  if (code === "BAD_ALIAS") return 'a bare * is a YAML alias; put it in quotes: "*"';
  if (code === "DUPLICATE_KEY") return "this key stands twice in the same map";
  return `not readable as YAML: ${text}`;
}

interface Source {
  readonly document: Document.Parsed;
  readonly text: string;
  readonly placeOf: PlaceOfOffset;
}

function partOf(source: Source, base: YamlPath, value: unknown): YamlPart {
  const start = (node: Node | null | undefined): number => node?.range?.[0] ?? 0;
  return {
    value,
    place: (path = []) => source.placeOf(start(nodeAt(source.document, [...base, ...path]).node)),
    keyPlace(path) {
      const full = [...base, ...path];
      const owner = nodeAt(source.document, full.slice(0, -1));
      const key = owner.exact ? keyNode(owner.node, full.at(-1)) : undefined;
      return source.placeOf(start(key ?? nodeAt(source.document, full).node));
    },
    placeWithin(path, needle, nth) {
      const { node, exact } = nodeAt(source.document, [...base, ...path]);
      if (!exact || !isScalar(node) || !node.range) return source.placeOf(start(node));
      let at = node.range[0] - 1;
      for (let found = 0; found <= nth; found++) {
        at = source.text.indexOf(needle, at + 1);
        if (at < 0 || at >= node.range[1]) return source.placeOf(start(node));
      }
      return source.placeOf(at);
    },
    quoted(path) {
      const { node, exact } = nodeAt(source.document, [...base, ...path]);
      return exact && isScalar(node) && node.type !== "PLAIN";
    },
    part: (path) => partOf(source, [...base, ...path], valueAt(value, path)),
  };
}

function valueAt(value: unknown, path: YamlPath): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    found = (found as Record<PropertyKey, unknown>)[key];
  }
  return found;
}

function nodeAt(document: Document.Parsed, path: YamlPath): { node: Node | null; exact: boolean } {
  let node: Node | null = document.contents;
  for (const key of path) {
    if (isAlias(node)) node = node.resolve(document) ?? null;
    let next: unknown;
    if (isMap(node)) next = node.get(key, true);
    else if (isSeq(node)) next = node.get(key as number, true);
    if (next === undefined || next === null) return { node, exact: false };
    node = next as Node;
  }
  return { node, exact: true };
}

function keyNode(node: Node | null, key: PropertyKey | undefined): Node | undefined {
  if (!isMap(node)) return undefined;
  const pair = (node as YAMLMap).items.find((item) => isScalar(item.key) && String(item.key.value) === key);
  return pair?.key as Node | undefined;
}
