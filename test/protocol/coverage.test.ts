// Every message of the protocol that this server reads or writes occurs in a conversation beside this file.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const wire = join(import.meta.dirname, "../../src/wire");

const conversations = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".pgtest"))
  .map((name) => readFileSync(join(import.meta.dirname, name), "utf8"))
  .join("\n");

/** The messages that a file of src/wire declares. */
function kindsIn(file: string): string[] {
  const text = readFileSync(join(wire, file), "utf8");
  return [...new Set([...text.matchAll(/readonly kind: "(\w+)"/g)].map(([, kind]) => kind as string))];
}

function occurs(type: string): boolean {
  return new RegExp(`"type": ?"${type}"`).test(conversations);
}

it("has every message of clients", () => {
  // A StartupMessage is sent by its short name.
  const kinds = kindsIn("frontend-message.ts").map((kind) => (kind === "StartupMessage" ? "Startup" : kind));
  expect(kinds.length).toBeGreaterThan(15);
  expect(kinds.filter((kind) => !occurs(kind))).toEqual([]);
});

it("has every message of the server", () => {
  const kinds = kindsIn("backend-message.ts");
  expect(kinds.length).toBeGreaterThan(15);
  // Asked of clients with tokens, which PostgreSQL has no kin of: test/unit/server/tls.test.ts.
  expect(kinds.filter((kind) => !occurs(kind))).toEqual(["AuthenticationCleartextPassword"]);
});
