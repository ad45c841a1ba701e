import { expect, test } from "vitest";
import { withCurrentNames } from "../../../src/catalog/renamed-columns.ts";

const rename = (text: string) =>
  withCurrentNames({ text, offset: 0, node: { SelectStmt: {} }, bytesBefore: 0 }).text;

test("names that older clients ask for become today's, and nothing behind them moves", () => {
  expect(rename('SELECT d.daticulocale as "ICU", x FROM pg_database d')).toBe(
    'SELECT d.datlocale    as "ICU", x FROM pg_database d',
  );
  expect(rename("select c.COLLICULOCALE from pg_collation c")).toBe(
    "select c.colllocale    from pg_collation c",
  );
});

test("strings, quoted names and comments keep what they say", () => {
  const text = `select 'daticulocale', "daticulocale" /* daticulocale */ -- daticulocale`;
  expect(rename(text)).toBe(text);
});
