// The temporary tables of a session: what a moment of them is, and how much they may hold.
import { expect, test } from "vitest";
import { collectRows } from "../../../src/engine/collect-rows.ts";
import { tablesNamedIn } from "../../../src/engine/temporary-rows.ts";
import { TemporaryTables, temporaryRowsMax } from "../../../src/engine/temporary-tables.ts";
import { SpoolSpace } from "../../../src/limits/spool-space.ts";
import type { RowStream } from "../../../src/result.ts";
import type { NewTemporaryTable } from "../../../src/temporary-table.ts";

function definition(name: string, typeOid = 25): NewTemporaryTable {
  const typeName = typeOid === 25 ? "text" : "integer";
  const column = { name: "a", typeOid, typeModifier: -1, typeName, notNull: false, default: undefined };
  return { name, columns: [column], constraints: [], indexes: [] };
}

function rowsIn(tables: TemporaryTables, name: string): unknown {
  const table = tables.get(name);
  return table?.columns[0]?.slice(0, table.rowCount);
}

const values = (...column: string[]) => ({ columns: [column], rowCount: column.length });
const megabytes = 1024 * 1024;
const megabyte = "x".repeat(512 * 1024);

test("a moment is taken up again, whatever was done since", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  tables.create(definition("t"), "preserve");
  tables.append("t", values("a"));
  const first = tables.snapshot();
  tables.append("t", values("b", "c"));
  const second = tables.snapshot();
  tables.restore(first);
  expect(rowsIn(tables, "t")).toEqual(["a"]);
  tables.append("t", values("d"));
  expect(rowsIn(tables, "t")).toEqual(["a", "d"]);
  tables.restore(second);
  expect(rowsIn(tables, "t")).toEqual(["a", "b", "c"]);
  tables.truncate("t");
  tables.drop("t");
  tables.restore(first);
  expect(rowsIn(tables, "t")).toEqual(["a"]);
});

test("rows are bounded for each table, and none of too many are kept", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  tables.create(definition("t"), "preserve");
  const column = Array.from({ length: temporaryRowsMax }, () => "x");
  tables.append("t", values(...column));
  expect(() => tables.append("t", values("y"))).toThrow(
    expect.objectContaining({ sqlstate: "54000", hint: expect.any(String) }),
  );
  expect(tables.get("t")?.rowCount).toBe(temporaryRowsMax);
  tables.create(definition("u"), "preserve");
  tables.append("u", values("y"));
});

test("bytes are bounded for all tables of a session together", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  for (const name of ["t", "u"]) {
    tables.create(definition(name), "preserve");
    for (let count = 0; count < 4; count++) tables.append(name, values(megabyte));
    tables.endTransaction(true);
  }
  tables.append("u", values(megabyte));
  expect(() => tables.append("t", values(megabyte))).toThrow(
    expect.objectContaining({ sqlstate: "54000", message: expect.stringContaining("10 MiB") }),
  );
  tables.drop("u");
  tables.endTransaction(true);
  tables.append("t", values(megabyte));
});

test("what a transaction gave up counts until it ends, since a rollback would take it up again", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  tables.create(definition("t"), "preserve");
  for (let round = 0; round < 9; round++) {
    tables.append("t", values(megabyte));
    tables.truncate("t");
  }
  expect(() => tables.append("t", values(megabyte))).toThrow(expect.objectContaining({ sqlstate: "54000" }));
  tables.endTransaction(true);
  tables.append("t", values(megabyte));
});

test("all sessions share one space, and give back what they do not hold any more", () => {
  const space = new SpoolSpace(4 * megabytes);
  const [ours, theirs] = [new TemporaryTables(space), new TemporaryTables(space)];
  for (const tables of [ours, theirs]) tables.create(definition("t"), "preserve");
  for (let count = 0; count < 3; count++) ours.append("t", values(megabyte));
  expect(() => theirs.append("t", values(megabyte))).toThrow(expect.objectContaining({ sqlstate: "53400" }));
  ours.truncate("t");
  expect(() => theirs.append("t", values(megabyte))).toThrow();
  ours.endTransaction(true);
  expect(space.bytes).toBe(0);
  theirs.append("t", values(megabyte));
  theirs.restore(new Map());
  theirs.endTransaction(false);
  ours.append("t", values(megabyte));
  ours.close();
  expect(space.bytes).toBe(0);
});

test("tables are bounded", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  for (let number = 0; number < 100; number++) tables.create(definition(`t${number}`), "preserve");
  expect(() => tables.create(definition("t"), "preserve")).toThrow(
    expect.objectContaining({ sqlstate: "53400" }),
  );
});

test("a result with too many rows is given up as soon as that is known", async () => {
  let batches = 0;
  let closed = 0;
  const column = Array.from({ length: 1000 }, () => "x");
  const stream: RowStream = {
    next: async () => {
      batches += 1;
      return { kind: "columns", rowCount: 1000, columns: [column] };
    },
    close: async () => {
      closed += 1;
    },
  };
  const collecting = collectRows(stream, definition("t"), () => null);
  await expect(collecting).rejects.toMatchObject({ sqlstate: "54000" });
  expect([batches, closed]).toEqual([11, 1]);
});

test("a text is told the tables that it may name, however it spells them", () => {
  const tables = new TemporaryTables(new SpoolSpace(1024 * megabytes));
  for (const name of ["plain", "Größe", 'qu"oted', "ΟΣ"]) tables.create(definition(name), "preserve");
  const named = (text: string) => tablesNamedIn(text, tables.all).map((table) => table.definition.name);
  expect(named("select 1")).toEqual(['qu"oted']);
  expect(named("select * from PLAIN")).toContain("plain");
  expect(named("select ΟΣ.a from ΟΣ")).toContain("ΟΣ");
  expect(named('select * from "Größe"')).toContain("Größe");
  expect(named('select * from U&"pl\\0061in"')).toContain("plain");
  expect(named("select E'\\x70lain'::regclass")).toContain("plain");
});
