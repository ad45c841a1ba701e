// COPY TO STDOUT, message by message as a real PostgreSQL answers it: odd texts under every option, every type, and
// what is refused.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type LensServer, startLensServer } from "./lens-server.ts";
import { PostgresQueryEngine } from "./postgres-query-engine.ts";
import { RawClient, type RawMessage } from "./raw-client.ts";

let postgres: RealPostgres;
let lens: LensServer;

beforeAll(async () => {
  postgres = await startRealPostgres();
  lens = await startLensServer({ queries: new PostgresQueryEngine(postgres) });
});

afterAll(async () => {
  await lens?.stop();
  await postgres?.stop();
});

/** What each statement is answered, one Query message after the other. */
async function answers(target: RealPostgres | LensServer, texts: readonly string[]): Promise<RawMessage[][]> {
  const client = await RawClient.connect(target.host, target.port);
  try {
    await client.login(target);
    const all: RawMessage[][] = [];
    for (const text of texts) {
      client.sendQuery(text);
      all.push((await client.until("ReadyForQuery")).map(shown));
    }
    return all;
  } finally {
    client.destroy();
  }
}

/** Without what tells the place in PostgreSQL's own sources. */
function shown(message: RawMessage): RawMessage {
  if (message.type !== "ErrorResponse") return message;
  const { type, code, message: text, detail, position } = message;
  return { type, code, text, detail, position };
}

async function expectSame(texts: readonly string[]): Promise<void> {
  const [wanted, found] = await Promise.all([answers(postgres, texts), answers(lens, texts)]);
  for (const [index, text] of texts.entries()) {
    expect({ text, answer: found[index] }).toEqual({ text, answer: wanted[index] });
  }
}

const oddTexts = String.raw`
  values (E'tab\there', 'comma,semi;bar|', 1), (E'line\nfeed', E'carriage\rreturn', 2), (E'back\\slash', 'say "hi"', 3),
  ('\.', '\N', 4), ('', null, 5), (null, '', 6), ('it''s', 'a''''b', 7), ('größe', '日本語 🎉', 8), ('NULL', 'null', null),
  (E'\b\f\v', E'\x01\x1f\x7f', 10), (' lead', 'trail ', 11), ('"', '""', 12), ('\', '\\', 13), ('x,"y"', E'"\n"', 14)`;

const options = [
  "",
  "csv",
  "csv header",
  "header",
  "delimiter '|'",
  "delimiter as ','",
  "delimiter ' '",
  String.raw`delimiter E'\x01'`,
  "null 'NULL'",
  "null ''",
  "null as '\\N' csv",
  "csv null 'NULL' force quote *",
  "csv quote ''''",
  "csv escape '\\'",
  "csv quote '|' escape ';' delimiter ':'",
  "csv force quote column1, column3",
  "(format csv, force_quote (column2), header on)",
  "(format csv, force_quote *, null '\\N', delimiter E'\\t')",
  "(format text, header off, encoding 'UTF-8')",
  "(format csv, header 1, encoding 'utf8', log_verbosity verbose)",
  "(format 'text', freeze false)",
  "with binary",
  "with (format binary)",
  "(format binary, encoding 'SQL_ASCII', header false)",
];

describe("texts that need care", () => {
  it.each(options)("are spelled as PostgreSQL does: %s", async (option) => {
    await expectSame([
      `copy (${oddTexts}) to stdout ${option}`,
      `copy (select column1 as "col,umn1", column1 as column1, column2, column3 from (${oddTexts}) t) to stdout ${option}`,
    ]);
  });

  it.each(["", "csv", "csv header", "csv force quote c"])("are so alone in a line: %s", async (option) => {
    await expectSame([`copy (select column1 as c from (${oddTexts}) t) to stdout ${option}`]);
  });
});

describe("every type", () => {
  const table = readFileSync(new URL("../unit/wire/golden-types.tsv", import.meta.url), "utf8");
  const lines = table.trim().split("\n").slice(1);
  const expressions = lines.map((line) => line.split("\t")[0]);

  it.each(["", "csv", "csv force quote *"])("has its text: %s", async (option) => {
    await expectSame(expressions.map((expression) => `copy (select ${expression} as c) to stdout ${option}`));
  });
});

const wrongOptions = [
  "(format wrong)",
  "(format csv, format csv)",
  "csv csv",
  "(format)",
  "(nonsense)",
  "(nonsense 'x')",
  "(delimiter)",
  "(delimiter 'ab')",
  "(delimiter 'ä')",
  "(delimiter '')",
  String.raw`(delimiter E'\n')`,
  "(delimiter 'a')",
  "(delimiter '.')",
  "(delimiter '\\')",
  "(delimiter 'A')",
  "(format csv, delimiter 'a')",
  String.raw`(null E'a\nb')`,
  String.raw`(null E'\r', format csv)`,
  "(null 'a|b', delimiter '|')",
  "(format csv, null ',')",
  "(format csv, null '\"')",
  "(quote '\"')",
  "(escape '\"')",
  "(format csv, quote 'ab')",
  "(format csv, quote '')",
  "(format csv, escape 'ab')",
  "(format csv, escape 'ä')",
  "(format csv, quote ',')",
  "(force_quote (a))",
  "(format csv, force_quote 'a')",
  "(format csv, force_quote (nothing))",
  "(format csv, force_quote (a, a))",
  "(format csv, force_quote *, force_quote (a))",
  "(force_not_null (a))",
  "(format csv, force_not_null (a))",
  "(force_null (a))",
  "(format csv, force_null *)",
  "(format csv, force_null 1)",
  "(format binary, delimiter ',')",
  "(format binary, null '')",
  "(format binary, default '')",
  "(format binary, header)",
  "(format binary, quote 'x')",
  "(format binary, force_quote *)",
  "(header match)",
  "(header maybe)",
  "(header 2)",
  "(header, header)",
  "(freeze)",
  "(freeze 'x')",
  "(freeze 2)",
  "(default 'x')",
  "(encoding 'nonsense')",
  "(encoding)",
  "(encoding 'utf8', encoding 'utf8')",
  "(on_error ignore)",
  "(on_error stop)",
  "(log_verbosity wrong)",
  "(log_verbosity silent, log_verbosity silent)",
  "(reject_limit 5)",
  "(null 1, null 2)",
  "where a = 1",
  "delimiter ',' delimiter ';'",
  "csv force not null a",
];

describe("what is refused", () => {
  it("is said in PostgreSQL's words, at its place", async () => {
    await expectSame(
      wrongOptions.map((option) => `/* ä */ copy (select 1 as a, 2 as b) to stdout ${option}`),
    );
  });

  it("is so for tables and their columns", async () => {
    await expectSame([
      "copy pg_am (amname) to stdout (format csv, force_quote (oid))",
      "copy pg_am (amname) to stdout (format csv, force_quote (nothing))",
      "copy pg_am to stdout (format csv, force_quote (nothing))",
      "copy pg_am to stdout (format csv, force_quote (amname), header)",
      "copy pg_catalog.pg_am (oid, amname) to stdout",
      "copy pg_catalog.nothing to stdout",
      "copy pg_am () to stdout",
      "copy (select 1; select 2) to stdout",
      "copy (select ')' as \")\", $x$)$x$ /* ) */ , E'\\')' -- )\n) to stdout",
      "copy (with a as (select 1 as b) select * from a) to stdout",
      "copy (table pg_am) to stdout",
    ]);
  });
});
