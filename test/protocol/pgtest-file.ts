// The format of *.pgtest: a sentence, then sections that a blank line parts.
//
//   send                      one JSON line per message to the server
//   until TYPE                the messages expected, one JSON line each, up to the first of TYPE; "closed" is the end
//   login                     the same for an exchange of passwords: up to ReadyForQuery or ErrorResponse
//   cancel                    a CancelRequest for this connection, sent over another one
//   cancel until answered     the same again and again, until this connection is sent something
//   connect                   goes on with a new connection, which begins as the first one did
//
// A section whose first line ends with lens_only or postgres_only counts for that server alone. A file that begins with
// `raw` starts before the StartupMessage, every other one after login. A message to send may also be `Bytes`, a `Message`
// of any letter and body, or `TLS`: from there on the conversation goes on inside TLS. An expected message names the fields that count.

export type Target = "lens" | "postgres";

const verbs = ["send", "until", "login", "cancel", "connect"] as const;
export type Verb = (typeof verbs)[number];

export interface Section {
  readonly verb: Verb;
  /** The message type of `until`, "until answered" of `cancel`. */
  readonly argument: string;
  readonly only: Target | undefined;
  readonly lines: string[];
}

export interface PgtestFile {
  readonly title: string;
  readonly isRaw: boolean;
  readonly sections: Section[];
}

export function parsePgtest(text: string): PgtestFile {
  const [head, ...blocks] = text.trim().split(/\n\s*\n/);
  const isRaw = blocks[0]?.trim() === "raw";
  const sections = (isRaw ? blocks.slice(1) : blocks).map(parseSection);
  return { title: (head ?? "").replaceAll("\n", " "), isRaw, sections };
}

function parseSection(block: string): Section {
  const [first, ...lines] = block.trim().split("\n");
  const words = (first ?? "").split(/\s+/);
  const verb = verbs.find((each) => each === words[0]);
  if (verb === undefined) throw new Error(`not a section: ${first}`);
  const last = words.at(-1);
  const only = last === "lens_only" ? "lens" : last === "postgres_only" ? "postgres" : undefined;
  const argument = words.slice(1, only === undefined ? undefined : -1).join(" ");
  return { verb, argument, only, lines };
}

export function formatPgtest(file: PgtestFile): string {
  const sections = file.sections.map(({ verb, argument, only, lines }) => {
    const first = [verb, argument, only === undefined ? "" : `${only}_only`]
      .filter((word) => word !== "")
      .join(" ");
    return [first, ...lines].join("\n");
  });
  return `${[file.title, ...(file.isRaw ? ["raw"] : []), ...sections].join("\n\n")}\n`;
}
