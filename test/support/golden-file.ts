// Golden files: a sentence, then sections that begin with `---- NAME [AS USER | CODE]`.

export interface GoldenSection {
  /** `query`, `duckdb`, `rows`, `decision`, `error`. */
  readonly kind: string;
  /** The user of a query, the SQLSTATE of an error. */
  readonly argument: string | undefined;
  readonly text: string;
}

export interface GoldenFile {
  readonly sentence: string;
  readonly sections: readonly GoldenSection[];
}

export function readGolden(text: string): GoldenFile {
  const [sentence = "", ...rest] = text.split(/^---- /m);
  const sections = rest.map((part): GoldenSection => {
    const end = part.indexOf("\n");
    const [kind = "", ...words] = part.slice(0, end).trim().split(" ");
    return { kind, argument: words.at(-1), text: part.slice(end + 1).trimEnd() };
  });
  return { sentence: sentence.trim(), sections };
}

export function writeGolden({ sentence, sections }: GoldenFile): string {
  const parts = sections.map(({ kind, argument, text }) => {
    const words = kind === "query" ? `query as ${argument}` : [kind, argument].filter(Boolean).join(" ");
    return `---- ${words}\n${text}\n`;
  });
  return `${sentence}\n${parts.join("")}`;
}
