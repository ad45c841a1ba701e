// In which form the rows of a query are asked for: as the client wants them, and then they are passed on unread, or as
// they are decoded best.

import { typeOid } from "../data-type.ts";
import type { ClientForm, RenderedQuery, TextAssumption } from "../result.ts";
import { type FieldDecoder, fieldDecoder, isSameType } from "./postgres-decode.ts";
import type { PostgresColumn } from "./postgres-types.ts";
import { columnCountMismatch, columnTypeMismatch } from "./warehouse-errors.ts";

export type RowForm =
  | {
      readonly kind: "decoded";
      readonly formats: readonly number[];
      readonly decoders: readonly FieldDecoder[];
    }
  | {
      readonly kind: "relayed";
      readonly formats: readonly number[];
      readonly assumes: readonly TextAssumption[];
    };

/** Refuses columns that have no sound reading as the wanted ones, however they would be sent. */
export function rowFormOf(columns: readonly PostgresColumn[], query: RenderedQuery): RowForm {
  const wanted = query.columnTypes;
  if (columns.length !== wanted.length) throw columnCountMismatch(columns.length, wanted.length);
  const decoders = wanted.map((type, index) => {
    const column = columns[index] as PostgresColumn;
    const decoder = fieldDecoder(column, type);
    if (decoder === undefined) throw columnTypeMismatch(index + 1, column.spelling, type);
    return decoder;
  });
  const relayed = query.client && relayedForm(columns, query, query.client);
  return relayed ?? { kind: "decoded", formats: decoders.map(({ format }) => format), decoders };
}

function relayedForm(
  columns: readonly PostgresColumn[],
  query: RenderedQuery,
  client: ClientForm,
): RowForm | undefined {
  const assumes = new Set<TextAssumption>();
  const formats = columns.map((_column, index) => formatOf(client.formats, index));
  for (const [index, column] of columns.entries()) {
    const wanted = query.columnTypes[index];
    if (wanted === undefined || !isSameType(column, wanted)) return undefined;
    if (formats[index] === 1) {
      // Binary forms depend on nothing but the type, which jsonb is another one of than json.
      if (column.oid !== client.typeOids[index]) return undefined;
      continue;
    }
    // Of other types the text is the same in every session.
    const elementOid = typeOid(wanted.kind === "array" ? wanted.element : wanted);
    for (const assumption of assumptionsOf.get(elementOid) ?? []) assumes.add(assumption);
  }
  for (const assumption of assumes) {
    if (!isTrueFor[assumption](client)) return undefined;
  }
  return { kind: "relayed", formats, assumes: [...assumes] };
}

/** What the text of a type is taken to be written under: the warehouse's session is at UTC, ISO, postgres and hex. */
const assumptionsOf: ReadonlyMap<number, readonly TextAssumption[]> = new Map<
  number,
  readonly TextAssumption[]
>([
  [typeOid({ kind: "timestamptz" }), ["timeZoneIsUtc", "datesAreIso"]],
  [typeOid({ kind: "timestamp" }), ["datesAreIso"]],
  [typeOid({ kind: "date" }), ["datesAreIso"]],
  [typeOid({ kind: "interval" }), ["intervalsArePostgres"]],
  [typeOid({ kind: "bytea" }), ["bytesAreHexadecimal"]],
  [typeOid({ kind: "real" }), ["floatsAreShortest"]],
  [typeOid({ kind: "double precision" }), ["floatsAreShortest"]],
]);

const isTrueFor: Readonly<Record<TextAssumption, (client: ClientForm) => boolean>> = {
  timeZoneIsUtc: ({ timeZone }) => timeZone === "UTC",
  floatsAreShortest: ({ extraFloatDigits }) => extraFloatDigits > 0,
  datesAreIso: ({ dateStyle }) => dateStyle.startsWith("ISO"),
  intervalsArePostgres: ({ intervalStyle }) => intervalStyle === "postgres",
  bytesAreHexadecimal: ({ byteaOutput }) => byteaOutput === "hex",
};

/** As Bind gives them: none, one for all, or one each. */
function formatOf(formats: readonly number[], column: number): number {
  if (formats.length === 0) return 0;
  return (formats.length === 1 ? formats[0] : formats[column]) ?? 0;
}
