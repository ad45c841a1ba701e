// Reads XML strictly, as far as our files use it: what is not well-formed throws.

export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
}

const tokens =
  /<\?xml version='1\.0' encoding='utf-8' \?>|<!--(?:(?!--).)*-->|<\/(?<end>[^<>\s/]+)>|<(?<start>[^<>\s/!?]+)(?<attributes>(?:\s+[^\s=<>'"/]+='[^'<]*')*)\s*(?<empty>\/?)>|(?<text>[^<]+)/suy;
const references = /&(?:(?<name>amp|lt|gt|quot|apos)|#(?<code>\d+));/g;
const names: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

interface Open {
  readonly name: string;
  readonly attributes: Record<string, string>;
  readonly children: XmlElement[];
  text: string;
}

/** The document's element. */
export function readXml(source: string): XmlElement {
  if (/(?![\t\n\r\x7f-\x9f])[\p{Control}\ufffe\uffff\p{Surrogate}]/u.test(source))
    throw new Error("a character that XML cannot hold");
  const document: Open = { name: "", attributes: {}, children: [], text: "" };
  const open = [document];
  tokens.lastIndex = 0;
  while (tokens.lastIndex < source.length) {
    const at = tokens.lastIndex;
    const groups = tokens.exec(source)?.groups;
    if (groups === undefined) throw new Error(`not well-formed: ${source.slice(at, at + 80)}`);
    const inner = open.at(-1) ?? document;
    if (groups["text"] !== undefined) inner.text += decoded(groups["text"]);
    if (groups["end"] !== undefined) close(open, groups["end"]);
    if (groups["start"] !== undefined) {
      const attributes = attributesOf(groups["attributes"] ?? "");
      const element = { name: groups["start"], attributes, children: [], text: "" };
      inner.children.push(element);
      if (groups["empty"] === "") open.push(element);
    }
  }
  const [root, ...more] = document.children;
  if (root === undefined || more.length > 0 || open.length > 1 || document.text.trim() !== "")
    throw new Error("a document is one element");
  return root;
}

function close(open: Open[], name: string): void {
  if (open.length === 1 || open.pop()?.name !== name) throw new Error(`</${name}> ends nothing`);
}

/** All elements of the name, at any depth. */
export function elementsNamed(element: XmlElement, name: string): readonly XmlElement[] {
  const below = element.children.flatMap((child) => elementsNamed(child, name));
  return element.name === name ? [element, ...below] : below;
}

function attributesOf(text: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const [, name = "", value = ""] of text.matchAll(/([^\s=]+)='([^']*)'/g)) {
    if (name in attributes) throw new Error(`${name} twice`);
    // A line end or tab that stands there as it is would be read as a space.
    attributes[name] = decoded(value.replaceAll(/[\t\n\r]/g, " "));
  }
  return attributes;
}

function decoded(text: string): string {
  if (text.replaceAll(references, "").includes("&")) throw new Error(`a bare ampersand: ${text}`);
  return text.replaceAll(references, (whole) => {
    const { name, code } = new RegExp(references.source).exec(whole)?.groups ?? {};
    return name === undefined ? String.fromCodePoint(Number(code)) : (names[name] ?? "");
  });
}
