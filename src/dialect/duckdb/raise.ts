// Errors that DuckDB raises on our behalf, from inside an expression. The driver reads the code out of the text.
import { raisedErrorPrefix } from "../../constants.ts";
import { sqlstates } from "../../sqlstate.ts";
import type { RaisedError } from "../dialect.ts";

/** An expression of any type that is never evaluated without ending the statement. */
export function raise(error: RaisedError): string {
  return `error('${raisedErrorPrefix}${sqlstates[error]}')`;
}
