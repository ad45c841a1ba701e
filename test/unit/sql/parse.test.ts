import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, test, vi } from "vitest";
import { parsedTextBounds } from "../../../src/constants.ts";
import type { LensError } from "../../../src/errors.ts";
import { parseStatements } from "../../../src/sql/parse.ts";

function failure(text: string): Promise<LensError> {
  return parseStatements(text).then(
    () => expect.unreachable("the text was parsed"),
    (error: unknown) => error as LensError,
  );
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("parseStatements", () => {
  test("splits a text into the exact texts of its statements", async () => {
    const text = " select 1 ; /* é */ select 'é;😀' , 2 \n ; ;\tselect 3";
    const statements = await parseStatements(text);
    expect(statements.map((statement) => statement.text)).toEqual([
      "select 1",
      "select 'é;😀' , 2",
      "select 3",
    ]);
    for (const { text: own, offset, bytesBefore } of statements) {
      expect(text.slice(offset, offset + own.length)).toBe(own);
      expect(bytesBefore).toBe(Buffer.byteLength(text.slice(0, offset)));
    }
    expect(statements.map(({ node }) => Object.keys(node))).toEqual([
      ["SelectStmt"],
      ["SelectStmt"],
      ["SelectStmt"],
    ]);
  });

  test("finds no statements in empty texts and comments", async () => {
    for (const text of ["", "  \n", ";;", "-- nothing", "/* nothing */ ;"]) {
      expect(await parseStatements(text)).toEqual([]);
    }
  });

  test("reports a syntax error at its character, in PostgreSQL's words", async () => {
    const error = await failure("select 'éé😀', ] from t");
    expect(error.sqlstate).toBe("42601");
    expect(error.message).toBe('syntax error at or near "]"');
    expect(error.position).toBe(15);
    expect((await failure("select 1; selec 2")).position).toBe(11);
  });

  test("answers deep nesting with an error and goes on", async () => {
    const parentheses = (count: number) => `select ${"(".repeat(count)}1${")".repeat(count)}`;
    expect(await parseStatements(parentheses(5_000))).toHaveLength(1);
    expect((await failure(parentheses(10_000))).sqlstate).toBe("42601");
    expect((await failure(`select 1${"+1".repeat(10_000)}`)).sqlstate).toBe("54001");
    expect((await failure(`select 1${"+1".repeat(200_000)}`)).sqlstate).toBe("54001");
    const subqueries = `select * from ${"(select * from ".repeat(900)}t${") a".repeat(900)}`;
    expect((await failure(subqueries)).sqlstate).toBe("54001");
    expect(await parseStatements("select 1")).toHaveLength(1);
  });

  test("goes on while a text keeps the parser busy, or is refused because it would", async () => {
    const busy = failure("/*".repeat(4_000_000));
    expect((await failure(`select 1 ${"+-".repeat(20_000)} 1`)).sqlstate).toBe("54001");
    expect((await busy).sqlstate).toBe("54001");
    // A ruler is no reason to refuse a text.
    const rulers = `/${"*".repeat(5_000)}/ select '${"=-".repeat(3_000)}'\n${"-".repeat(5_000)}`;
    expect(await parseStatements(rulers)).toHaveLength(1);
  });

  test("answers small texts while a large one is parsed", async () => {
    const done: string[] = [];
    const large = parseStatements("select 1;".repeat(200_000)).then(() => done.push("large"));
    await parseStatements("select 'small'").then(() => done.push("small"));
    await large;
    expect(done).toEqual(["small", "large"]);
  });

  test("answers many texts at once, each with its own result", async () => {
    const texts = Array.from({ length: 50 }, (_, index) =>
      index % 10 === 3 ? `select 1${"+1".repeat(300_000)}` : `select ${index}`,
    );
    const settled = await Promise.allSettled(texts.map((text) => parseStatements(text)));
    settled.forEach((result, index) => {
      if (index % 10 === 3) expect(result.status).toBe("rejected");
      else expect(result.status === "fulfilled" && result.value[0]?.text).toBe(`select ${index}`);
    });
  });

  test("parses 5,000 items of a list", async () => {
    const items = Array.from({ length: 5_000 }, (_, index) => `'v${index}'`);
    const [statement] = await parseStatements(`select * from t where x in (${items.join(", ")})`);
    expect(statement?.node).toHaveProperty("SelectStmt");
  });

  test("refuses a NUL character", async () => {
    expect((await failure("select 1\0")).sqlstate).toBe("22021");
  });

  test("asks the thread once for a text that comes again, and gives each reader a tree of its own", async () => {
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    const text = "select 'kept' ; select 2";
    const first = await parseStatements(text);
    const again = await parseStatements(text);
    expect(again).toEqual(first);
    expect(again[0]?.node).not.toBe(first[0]?.node);
    expect(posted).toHaveBeenCalledTimes(1);
  });

  test("keeps no huge text, and none that is wrong", async () => {
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    const huge = `select '${"x".repeat(parsedTextBounds.entryBytesMax)}'`;
    await parseStatements(huge);
    await parseStatements(huge);
    await failure("select ] x");
    await failure("select ] x");
    expect(posted).toHaveBeenCalledTimes(4);
  });
});
