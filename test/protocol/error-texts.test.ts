// Every error of the wire and of connections is told in a test in its own words.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");

/** Tests and what they compare with, but for this file. */
const texts = readdirSync(join(root, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => /\.(ts|pgtest)$/.test(name) && !name.endsWith("error-texts.test.ts"))
  .map((name) => readFileSync(join(root, "test", name), "utf8").replaceAll('\\"', '"'))
  .join("\n");

/** The part of its message that is the same whatever it tells of; undefined where the caller gives all of it. */
function fixedPart(body: string): string | undefined {
  const literals = [...body.matchAll(/"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|`((?:[^`\\]|\\.)*)`/g)];
  const messages = literals
    .map(([, double, single, template]) => double ?? single ?? template ?? "")
    // SQLSTATEs' names are one word.
    .filter((text) => /\s/.test(text) && !/^[A-Z]/.test(text));
  const parts = (messages[0] ?? "").split(/\$\{[^}]*\}/);
  const longest = parts.reduce((best, part) => (part.length > best.length ? part : best), "").trim();
  return longest === "" ? undefined : longest.replaceAll('\\"', '"');
}

it.each(["src/wire/wire-errors.ts", "src/server/server-errors.ts"])("%s", (file) => {
  const source = readFileSync(join(root, file), "utf8");
  const functions = [...source.matchAll(/^export function (\w+)\(([\s\S]*?)^}/gm)];
  expect(functions.length).toBeGreaterThan(20);
  const untold = functions
    .map(([, name, body]) => ({ name, part: fixedPart(body ?? "") }))
    .filter(({ part }) => part !== undefined && !texts.includes(part));
  expect(untold).toEqual([]);
});
