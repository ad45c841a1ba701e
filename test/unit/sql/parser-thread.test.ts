// The parser's thread: what keeps it busy too long is ended, and what waited is parsed.
import { expect, test } from "vitest";
import { ParserThread } from "../../../src/sql/parser-thread.ts";

/** Takes PostgreSQL's scanner minutes. */
const busy = "/*".repeat(300_000);

test("a text that takes too long is 54001, and the texts behind it are parsed by another thread", async () => {
  const thread = new ParserThread({ limitMs: 4_000, waitingCharactersMax: 1_000_000 });
  const first = thread.parse(busy);
  const next = thread.parse("select 1");
  await expect(first).rejects.toMatchObject({ sqlstate: "54001" });
  expect(await next).toMatchObject({ kind: "parsed", statements: [{ text: "select 1" }] });
});

test("texts that wait have a bound together, and those beyond it are 53400", async () => {
  const thread = new ParserThread({ limitMs: 4_000, waitingCharactersMax: 100 });
  const texts = Array.from({ length: 20 }, (_, place) => `select ${place}, 'twenty characters'`);
  const outcomes = await Promise.allSettled(texts.map((text) => thread.parse(text)));
  const refused = outcomes.filter(({ status }) => status === "rejected");
  expect(refused[0]).toMatchObject({ reason: { sqlstate: "53400" } });
  // One runs and three wait.
  expect(outcomes.length - refused.length).toBe(4);
  expect(await thread.parse("select 'again'")).toMatchObject({ kind: "parsed" });
});
