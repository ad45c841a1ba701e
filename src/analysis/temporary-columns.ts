// Temporary tables in an analysed tree: each column that is read becomes an array parameter, which is bound when the
// statement runs. So a plan holds no row of a session.
import { dataTypeOfOid, typeOid } from "../data-type.ts";
import { temporaryColumnNumberMax } from "../query/bound-values.ts";
import type { ColumnType, Param } from "../query/query.ts";
import type { TemporaryTableDefinition } from "../temporary-table.ts";
import { temporaryArrayColumn } from "./analysis-errors.ts";

export interface TemporaryColumnParameter {
  /** The number of its Param. */
  readonly number: number;
  readonly table: string;
  /** Place in the table, from 0. */
  readonly column: number;
}

export class TemporaryColumns {
  private readonly byOid = new Map<number, TemporaryTableDefinition>();
  private readonly arrays = new Map<number, readonly Param[]>();
  private readonly found: TemporaryColumnParameter[] = [];

  /** `names`: of the tables as analysed, by pg_class OID. */
  constructor(tables: readonly TemporaryTableDefinition[], names: ReadonlyMap<number, string>) {
    for (const [oid, name] of names) {
      const table = tables.find((each) => each.name === name);
      if (table !== undefined) this.byOid.set(oid, table);
    }
  }

  get parameters(): readonly TemporaryColumnParameter[] {
    return this.found;
  }

  columnsOf(oid: number): readonly ColumnType[] | undefined {
    return this.byOid
      .get(oid)
      ?.columns.map((column) => ({ name: column.name, type: column.typeOid, modifier: column.typeModifier }));
  }

  arraysOf(oid: number): readonly Param[] | undefined {
    const table = this.byOid.get(oid);
    if (table === undefined) return undefined;
    const known = this.arrays.get(oid);
    if (known !== undefined) return known;
    const arrays = table.columns.map(({ typeOid: oidOfColumn, name }, column): Param => {
      const element = dataTypeOfOid(oidOfColumn);
      if (element === undefined || element.kind === "array") throw temporaryArrayColumn(table.name, name);
      const number = temporaryColumnNumberMax - this.found.length;
      this.found.push({ number, table: table.name, column });
      return { kind: "Param", number, type: typeOid({ kind: "array", element }), location: -1 };
    });
    this.arrays.set(oid, arrays);
    return arrays;
  }
}
