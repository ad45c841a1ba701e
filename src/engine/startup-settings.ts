// Settings that a client asks for in its StartupMessage, by name and in `options`.
import { LensError, withOptions } from "../errors.ts";
import { invalidStartupOption, replicationNotSupported } from "./session-errors.ts";
import type { Settings } from "./settings.ts";

/** Names of the StartupMessage that are not settings. */
const otherParameters = new Set(["user", "database", "options", "replication"]);

/** Makes the client's wishes what RESET goes back to. Throws FATAL 42704, 22023, 42501, 42601. */
export function applyStartupSettings(settings: Settings, parameters: ReadonlyMap<string, string>): void {
  const replication = parameters.get("replication");
  if (replication !== undefined && !/^(off|false|no|0|)$/i.test(replication)) throw replicationNotSupported();
  try {
    // What has its own place in the message wins over `options`.
    for (const [name, value] of settingsOfOptions(parameters.get("options") ?? ""))
      settings.setInitial(name, value);
    for (const [name, value] of parameters) {
      if (!otherParameters.has(name) && !name.startsWith("_pq_.")) settings.setInitial(name, value);
    }
  } catch (error) {
    if (error instanceof LensError) throw withOptions(error, { severity: "FATAL" });
    throw error;
  }
}

/** `-c name=value`, `-cname=value` and `--name=value`, with backslashes before spaces of a value. */
export function settingsOfOptions(options: string): readonly (readonly [name: string, value: string])[] {
  const words = splitOptions(options);
  const found: (readonly [string, string])[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] as string;
    let assignment: string | undefined;
    if (word === "-c") {
      index++;
      assignment = words[index];
    } else if (word.startsWith("-c")) assignment = word.slice(2);
    else if (word.startsWith("--")) assignment = word.slice(2);
    const equals = assignment?.indexOf("=") ?? -1;
    if (assignment === undefined || equals < 1) throw invalidStartupOption(word);
    // As PostgreSQL, a dash in a name stands for an underscore.
    found.push([assignment.slice(0, equals).replaceAll("-", "_"), assignment.slice(equals + 1)]);
  }
  return found;
}

function splitOptions(options: string): readonly string[] {
  const words: string[] = [];
  let word = "";
  let inWord = false;
  for (let at = 0; at < options.length; at++) {
    const character = options[at] as string;
    if (/\s/.test(character)) {
      if (inWord) words.push(word);
      word = "";
      inWord = false;
      continue;
    }
    inWord = true;
    if (character === "\\") at++;
    word += options[at] ?? "";
  }
  if (inWord) words.push(word);
  return words;
}
