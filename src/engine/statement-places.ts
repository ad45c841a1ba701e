// Where a statement stands in the client's text.
import { LensError, withOptions } from "../errors.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";

/** Characters before a statement in the client's whole text. */
export function charactersBefore(clientText: string, statement: Statement): number {
  return Array.from(clientText.slice(0, statement.offset)).length;
}

/** The position in the client's whole text of a place in a statement's parse tree. */
export function positionIn(
  clientText: string,
  statement: Statement,
  location: number | undefined,
): number | undefined {
  if (location === undefined) return undefined;
  const places = new TextPlaces(statement.text, statement.bytesBefore);
  return charactersBefore(clientText, statement) + places.positionOfOffset(places.offsetOfByte(location));
}

/** The error of a statement, at its place in the client's whole text. */
export function moved(error: unknown, characters: number): unknown {
  if (!(error instanceof LensError) || error.position === undefined || characters === 0) return error;
  return withOptions(error, { position: error.position + characters });
}
