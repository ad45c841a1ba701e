// COPY ... FROM STDIN into a temporary table. PostgreSQL says whether it may begin; what the client sends then is kept, up
// to a bound, and handed to it whole: what it makes of it, and what is wrong with it, is PostgreSQL's own.
import type { CopyStmt } from "@pgsql/types";
import { encodingOf, servedEncodings } from "../client-encoding.ts";
import { tokenAt } from "../sql/sql-tokens.ts";
import type { Statement } from "../sql/statement.ts";
import { TextPlaces } from "../sql/text-places.ts";
import { collectRows } from "./collect-rows.ts";
import { binaryCopyEncoding, copyEncodingNotSupported, tooManyCopiedBytes } from "./copy-errors.ts";
import type { CopyReceiver } from "./outcome.ts";
import { missingRelation } from "./refuse-target.ts";
import { readOnly } from "./session-errors.ts";
import type { CopyIn, SessionState } from "./session-state.ts";
import { charactersBefore, moved, positionIn } from "./statement-places.ts";
import { unknownRelation } from "./temporary-errors.ts";
import { temporaryNameOf } from "./temporary-names.ts";

/** Bytes that one COPY may send; the values of a session's temporary tables have a bound of their own. */
const copiedBytesMax = 16 * 1024 * 1024;

/** Rejects with 25006 for a table that is no temporary one, 42P01 for none, and PostgreSQL's own errors. */
export async function runCopyFrom(state: SessionState, tree: CopyStmt, asked: Statement): Promise<CopyIn> {
  const relation = tree.relation ?? {};
  const target = temporaryNameOf(state.temporaryTables, relation);
  if (target === undefined) throw (await missingRelation(state, relation, asked)) ?? readOnly("COPY FROM");
  const { statement, encoding } = withoutEncoding(state, tree, asked);
  const { context, signal } = state;
  const request = { statement, target, context, signal };
  const before = charactersBefore(state.clientText, asked);
  const { format, columnCount } = await state
    .raced(state.options.queries.askCopy(request))
    .catch((error: unknown) => {
      throw moved(error, before);
    });
  if (format === 1) refuseEncoding(state);
  let bytes = 0;
  const run = async (data: Uint8Array, failure: string | undefined): Promise<string> => {
    const copying = state.options.queries.copy({ ...request, data, failure });
    const { written, commandTag, notices } = await state.raced(copying);
    const table = state.temporaryTables.get(target);
    if (table === undefined) throw unknownRelation(target);
    const rows = await collectRows(written, table.definition, state.options.readBinary);
    state.temporaryTables.append(target, rows);
    for (const notice of notices) state.notify(notice);
    return commandTag;
  };
  const receiver: CopyReceiver = {
    format,
    columnCount,
    encoding,
    signal,
    take(count) {
      if (bytes + count > copiedBytesMax) throw tooManyCopiedBytes(copiedBytesMax);
      state.spoolSpace.take(count);
      bytes += count;
    },
    end: (data) => run(data, undefined),
    async fail(data, message) {
      await run(data, message);
      throw new TypeError("a COPY that the client gave up came to an end");
    },
    close() {
      state.spoolSpace.giveBack(bytes);
      bytes = 0;
    },
  };
  return { kind: "copyIn", receiver };
}

/** Texts are made UTF-8 before PostgreSQL sees them: it is told so where the statement says an encoding. */
function withoutEncoding(
  state: SessionState,
  { options }: CopyStmt,
  statement: Statement,
): { readonly statement: Statement; readonly encoding: string | undefined } {
  const unchanged = { statement, encoding: undefined };
  const option = (options ?? [])
    .flatMap((each) => ("DefElem" in each ? [each.DefElem] : []))
    .find(({ defname }) => defname === "encoding");
  const name = option?.arg !== undefined && "String" in option.arg ? option.arg.String.sval : undefined;
  const encoding = encodingOf(name ?? "");
  // PostgreSQL refuses what is the name of none.
  if (option === undefined || name === undefined || encoding === undefined) return unchanged;
  if (!servedEncodings.includes(encoding))
    throw copyEncodingNotSupported(name, positionIn(state.clientText, statement, option.location));
  const { text, bytesBefore } = statement;
  const keyword = tokenAt(text, new TextPlaces(text, bytesBefore).offsetOfByte(option.location ?? 0));
  const value = tokenAt(text, keyword.end);
  const told = `${text.slice(0, value.start)}'UTF8'${text.slice(value.end)}`;
  return { statement: { ...statement, text: told }, encoding };
}

/** Texts inside binary data are in the client's encoding, whatever the statement says. */
function refuseEncoding(state: SessionState): void {
  const encoding = encodingOf(state.settings.get("client_encoding") ?? "UTF8") ?? "UTF8";
  if (encoding !== "UTF8" && encoding !== "SQL_ASCII") throw binaryCopyEncoding(encoding);
}
