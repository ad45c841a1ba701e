// Whose values reach a reader: the members that have a mask, and whether what is named shows them.
import type { LinkedModel, Secure } from "../model/model.ts";
import { type Lineage, lineageOf } from "./lineage.ts";
import { isRaw } from "./redacted-reads.ts";

export interface ValuesRead extends Lineage {
  readonly isRead: (member: SecureMember) => boolean;
}

/** What those who name these members are shown values of. */
export function valuesRead(linked: LinkedModel, named: Iterable<string>): ValuesRead {
  const isOpen = (tableName: string, name: string) => {
    const table = linked.tables.get(tableName);
    const measure = table?.measures.find((item) => item.name === name);
    // A raw count shows no value, so nothing that it reads is masked for it.
    return table === undefined || measure === undefined || !isRaw(table, measure);
  };
  const { members, columns } = lineageOf(linked, named, isOpen);
  const isRead = ({ key, table, plainColumn }: SecureMember): boolean => {
    if (members.has(key)) return true;
    const read = columns.get(table);
    return plainColumn !== undefined && (read === "all" || read?.has(plainColumn.toLowerCase()) === true);
  };
  return { members, columns, isRead };
}

export interface SecureMember {
  /** `table.member` */
  readonly key: string;
  readonly table: string;
  readonly plainColumn: string | undefined;
  readonly secure: Secure;
}

/** Dimensions and measures that have a mask, whoever it falls on. */
export function secureMembers(linked: LinkedModel): readonly SecureMember[] {
  return [...linked.tables.values()].flatMap((table) =>
    [...table.dimensions, ...table.measures].flatMap((member) => {
      const { name, secure } = member;
      if (secure === undefined) return [];
      const plainColumn = member.kind === "dimension" ? member.plainColumn : undefined;
      return [{ key: `${table.name}.${name}`, table: table.name, plainColumn, secure }];
    }),
  );
}
