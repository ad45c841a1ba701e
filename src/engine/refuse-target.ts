// Which error a statement gets that would change a relation which is no temporary table: as in PostgreSQL, whether there
// is such a relation is looked at before whether the transaction may write.
import type { RangeVar } from "@pgsql/types";
import { LensError, withoutPosition } from "../errors.ts";
import { quoteName } from "../sql/quote-name.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { readOnly } from "./session-errors.ts";
import type { SessionState } from "./session-state.ts";
import { unknownSchema } from "./temporary-errors.ts";
import { temporarySchema } from "./temporary-names.ts";

/** Those of every instance. */
const schemas: ReadonlySet<string> = new Set([
  ...["public", "pg_catalog", "information_schema", "pg_toast", temporarySchema],
]);

/** `command`: for 25006. Otherwise 42P01 or 3F000. */
export async function refusalOfTarget(
  state: SessionState,
  { schemaname, relname = "" }: RangeVar,
  statement: Statement,
  command: string,
): Promise<LensError> {
  if (schemaname !== undefined && !schemas.has(schemaname)) return unknownSchema(schemaname);
  const names = [schemaname, relname].filter((name) => name !== undefined).map((name) => quoteName(name));
  const text = `SELECT 1 FROM ${names.join(".")}`;
  try {
    await state.planInner(text, 0, [], { wholeText: text, recordedText: statement.text });
  } catch (error) {
    const isUnknown = error instanceof LensError && error.sqlstate === sqlstates.undefined_table;
    if (isUnknown) return withoutPosition(error);
  }
  return readOnly(command);
}
