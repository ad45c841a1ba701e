import { expect, test } from "vitest";
import { cutSql, trimStatement } from "../../../src/model/sql-pieces.ts";

function cut(text: string): string[] {
  const { pieces, fault } = cutSql(text);
  expect(fault).toBeUndefined();
  return pieces.map((piece) => (piece.kind === "text" ? piece.text : `<${piece.path.join(".")}>`));
}

test.each([
  ["{TABLE}.a + { b . c }", ["<TABLE>", ".a + ", "<b.c>"]],
  ["'{a}' || E'\\'{b}' || {c}", ["'{a}' || E'\\'{b}' || ", "<c>"]],
  ['"{a}" = $x$ {b} $x$', ['"{a}" = $x$ {b} $x$']],
  ["a -- {b}\n + {c}", ["a  \n + ", "<c>"]],
  ["a /* {b} /* nested */ */ + 1", ["a   + 1"]],
  ["{'k': {v}} , {2}", ["{'k': ", "<v>", "} , {2}"]],
  ["price$1 + 'it''s'", ["price$1 + 'it''s'"]],
])("%s", (text, pieces) => {
  expect(cut(text)).toEqual(pieces);
});

test.each([
  ["(a", "a parenthesis is not closed"],
  ["a) + (b", "a parenthesis is closed that was not opened"],
  ["'a", "a string is not closed"],
  ["/* a", "a comment is not closed"],
  ["a;", "a semicolon does not belong into an expression"],
])("%s is no expression", (text, fault) => {
  expect(cutSql(text).fault).toBe(fault);
});

test.each([
  ["SELECT 1;", "SELECT 1"],
  ["SELECT 1; -- done\n;\n", "SELECT 1"],
  ["SELECT ';' /* x */", "SELECT ';'"],
  ["-- all\nSELECT 1 -- one\nFROM t\n", "-- all\nSELECT 1 -- one\nFROM t"],
  ["SELECT '--'", "SELECT '--'"],
])("the statement %j ends where its text ends", (text, trimmed) => {
  expect(trimStatement(text)).toBe(trimmed);
});
