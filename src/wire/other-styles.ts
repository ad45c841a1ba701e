// Rows of a cursor over the catalog are texts from its first FETCH on: under other styles they would be other texts.
import { dataTypeOfOid } from "../data-type.ts";
import type { EncodedBatch, ResultColumn } from "../result.ts";
import { formatOf } from "./encode.ts";
import { plainStyles, type TextStyles, textStylesOf } from "./text-styles.ts";
import { writtenUnderOtherStyle } from "./wire-errors.ts";

/**
 * Differs from PostgreSQL, which writes the values at each FETCH: throws 0A000 where the texts at hand are not those that
 * are wanted now, and where values would have to be read from texts of another style than a session begins with.
 */
export function refuseOtherStyles(
  batch: EncodedBatch,
  columns: readonly ResultColumn[],
  wanted: readonly number[],
  styles: TextStyles,
): void {
  const { writtenUnder } = batch;
  if (writtenUnder === undefined) return;
  const written = textStylesOf({ get: (name) => writtenUnder[name] });
  for (const [index, { name, typeOid }] of columns.entries()) {
    if (formatOf(batch.formats ?? [], index) === 1) continue;
    const isBinary = formatOf(wanted, index) === 1;
    const needed = isBinary ? { ...plainStyles, dateOrder: written.dateOrder } : styles;
    for (const style of stylesOfType(typeOid)) {
      if (written[style] !== needed[style]) throw writtenUnderOtherStyle(name);
    }
  }
}

function stylesOfType(oid: number): readonly (keyof TextStyles)[] {
  const type = dataTypeOfOid(oid);
  switch (type?.kind === "array" ? type.element.kind : type?.kind) {
    case "date":
    case "timestamp":
    case "timestamptz":
      return ["dateStyle", "dateOrder"];
    case "interval":
      return ["intervalStyle"];
    case "bytea":
      return ["byteaOutput"];
    default:
      return [];
  }
}
