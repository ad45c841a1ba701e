// Runs a client's statement over the catalog: as the caller's role without rights, in a read-only transaction that is
// always rolled back. PostgreSQL lets such a transaction write to temporary tables, and to nothing else. What defines one
// runs in a transaction that is not read-only: as a role that may make nothing but temporary tables, and owns no others.
// What a client sent for a COPY is handed over whole, behind its statement.
import { describeTemporaryTable } from "./describe-temporary-table.ts";
import { contextOf, type Instance, InstanceError, statementError } from "./instance.ts";
import { ownSettingsOf } from "./own-relations.ts";
import { tooComplex, tooManyBytes, tooManyRows } from "./postgres-errors.ts";
import {
  type AnswerMessage,
  bindMessage,
  concatBytes,
  copyDataMessage,
  copyDoneMessage,
  copyFailMessage,
  describePortalMessage,
  executeMessage,
  parseMessage,
  readCommandTag,
  readCopyShape,
  readFields,
  readRowDescription,
  syncMessage,
} from "./protocol-bytes.ts";
import { quoteName, truncateName } from "./quoting.ts";
import { applySessionState } from "./session-state.ts";
import { beginWithTables, clearAfter } from "./temporary-tables.ts";
import type {
  CopiedData,
  ExecuteAnswer,
  ExecuteRequest,
  SettingChange,
  StatementNotice,
} from "./worker-protocol.ts";

/** The SQLSTATE under which the prepared set_config() tells of a call. Clients have no way to raise a notice. */
const settingChangeState = "LWSET";
/** PostgreSQL's FirstNormalObjectId: what is made after its own directory has this oid or a greater one. */
const firstNormalOid = 16_384;

const decoder = new TextDecoder();

function settingChangeOf(answer: AnswerMessage): SettingChange | undefined {
  const fields = readFields(answer.body);
  if (decoder.decode(fields.get("C")) !== settingChangeState) return undefined;
  return JSON.parse(decoder.decode(fields.get("M"))) as SettingChange;
}

/** None for what is below the level that clients see by default. */
function noticeOf(answer: AnswerMessage): StatementNotice[] {
  const fields = readFields(answer.body);
  const text = (code: string) => decoder.decode(fields.get(code));
  const severity = text("V");
  if (severity !== "NOTICE" && severity !== "WARNING") return [];
  const context = fields.has("W") ? contextOf(text("W")) : undefined;
  return [{ severity, sqlstate: text("C"), message: text("M"), context }];
}

function readExecution(
  answers: readonly AnswerMessage[],
  request: ExecuteRequest,
): Omit<ExecuteAnswer, "writtenBytes" | "writtenCount" | "definition"> {
  let columns: ExecuteAnswer["columns"] = [];
  let parsed = false;
  let commandTag: string | undefined;
  const rows: Uint8Array[] = [];
  const settingChanges: SettingChange[] = [];
  const notices: StatementNotice[] = [];
  for (const answer of answers) {
    if (answer.type === "E") throw statementError(answer.body, parsed);
    if (answer.type === "1") parsed = true;
    if (answer.type === "T") columns = readRowDescription(answer.body);
    if (answer.type === "D") rows.push(answer.whole);
    if (answer.type === "C") commandTag = readCommandTag(answer.body);
    if (answer.type === "N") {
      const change = settingChangeOf(answer);
      if (change !== undefined) settingChanges.push(change);
      else notices.push(...noticeOf(answer));
    }
  }
  if (rows.length > request.rowsMax) throw new InstanceError(tooManyRows(request.rowsMax));
  if (commandTag === undefined) throw new InstanceError(tooComplex, true);
  return {
    kind: "executed",
    columns,
    rowBytes: concatBytes(rows),
    rowCount: rows.length,
    commandTag,
    settingChanges,
    notices,
    copyShape: undefined,
  };
}

/** Undefined where the COPY may not begin. What comes after is the error of the data that did not come. */
function readAskedCopy(
  answers: readonly AnswerMessage[],
): Omit<ExecuteAnswer, "writtenBytes" | "writtenCount" | "definition"> | undefined {
  const begun = answers.find((answer) => answer.type === "G");
  if (begun === undefined) return undefined;
  const none = { rowBytes: new Uint8Array(), rowCount: 0, settingChanges: [], notices: [] };
  return {
    kind: "executed",
    columns: [],
    ...none,
    commandTag: "COPY",
    copyShape: readCopyShape(begun.body),
  };
}

function copyMessages(copied: CopiedData | undefined): Uint8Array[] {
  if (copied === undefined) return [];
  if (copied.kind === "asked") return [copyFailMessage("")];
  const end = copied.failure === undefined ? copyDoneMessage() : copyFailMessage(copied.failure);
  return copied.data.length === 0 ? [end] : [copyDataMessage(copied.data), end];
}

/**
 * Prepares what every execution asks. Planned once: the question is put behind each statement, and to plan it took longer
 * than most of those. The catalog's own relations, of which a statement locks dozens, are told by their oids.
 */
export async function prepareExecution(instance: Instance): Promise<void> {
  await instance.run(
    "PREPARE lenswire_locked AS SELECT 1 FROM pg_catalog.pg_locks l " +
      `WHERE l.relation >= ${firstNormalOid} AND EXISTS (SELECT FROM pg_catalog.pg_class c ` +
      "WHERE c.oid = l.relation AND c.relnamespace = 'public'::pg_catalog.regnamespace)",
  );
}

/** The tables here are empty: a statement that reads one must never be answered from here. Its lock gives it away. */
async function refuseLensRelations(instance: Instance): Promise<void> {
  const locked = await instance.run("EXECUTE lenswire_locked");
  if (locked.length > 0)
    throw new TypeError("a statement that reads a lens relation was sent to the catalog");
}

/** Throws InstanceError: PostgreSQL's own, or 54000 over `rowsMax` and `bytesMax`. */
export async function executeStatement(instance: Instance, request: ExecuteRequest): Promise<ExecuteAnswer> {
  await applySessionState(instance, {
    settings: request.settings,
    ownSettings: {
      "lenswire.process_id": String(request.processId),
      ...(request.objects && {
        "lenswire.cursors": request.objects.cursors,
        "lenswire.statements": request.objects.statements,
        "lenswire.settings": request.objects.settings,
        "lenswire.said": request.objects.said,
        "lenswire.tls": request.objects.tls,
      }),
      ...(request.own && ownSettingsOf(request.own)),
    },
    databaseName: request.databaseName,
    otherDatabases: request.otherDatabases,
    user: request.user,
  });
  const { temporaryTables } = request;
  const messages = concatBytes([
    parseMessage(request.text, request.parameterTypes),
    bindMessage(request.parameters, request.resultFormats),
    describePortalMessage(),
    // One more than allowed tells too many from just enough.
    executeMessage(request.rowsMax + 1),
    ...copyMessages(request.copied),
    syncMessage(),
  ]);
  try {
    await beginTransaction(instance, request);
    const { answers, overflow } = await instance.exchange(messages, request.bytesMax);
    if (overflow) throw new InstanceError(tooManyBytes(request.bytesMax));
    const asked = request.copied?.kind === "asked" ? readAskedCopy(answers) : undefined;
    if (asked !== undefined)
      return { ...asked, writtenBytes: new Uint8Array(), writtenCount: 0, definition: undefined };
    const answer = readExecution(answers, request);
    // A definition reads no rows, and may say LIKE a table of the lens.
    if (request.defined === undefined) await refuseLensRelations(instance);
    const written = await rowsOfWritten(instance, request);
    const definition =
      request.defined === undefined ? undefined : await describeTemporaryTable(instance, request.defined);
    return { ...answer, ...written, definition };
  } finally {
    await instance.run("ROLLBACK");
    const tableCount = temporaryTables.length + (request.defined === undefined ? 0 : 1);
    if (tableCount > 0) await clearAfter(instance, tableCount);
  }
}

/** The temporary tables are the caller's own, as in PostgreSQL. */
async function beginTransaction(instance: Instance, request: ExecuteRequest): Promise<void> {
  const { user, temporaryTables, settings, defined } = request;
  if (temporaryTables.length === 0 && defined === undefined) {
    const role = `SET LOCAL SESSION AUTHORIZATION ${quoteName(truncateName(user))}`;
    await instance.run(`BEGIN READ ONLY; ${role}`);
    return;
  }
  await beginWithTables(instance, temporaryTables, user, settings["IntervalStyle"]);
  if (defined === undefined) await instance.run("SET TRANSACTION READ ONLY");
}

async function rowsOfWritten(
  instance: Instance,
  { written, bytesMax }: ExecuteRequest,
): Promise<Pick<ExecuteAnswer, "writtenBytes" | "writtenCount">> {
  if (written === undefined) return { writtenBytes: new Uint8Array(), writtenCount: 0 };
  const messages = concatBytes([
    // In the order in which they were put there: what was there before comes first.
    parseMessage(`SELECT * FROM pg_temp.${quoteName(written.name)} OFFSET ${written.rowsSkipped}`, []),
    // In binary form, which no setting has a say in.
    bindMessage([], [1]),
    executeMessage(written.rowsMax),
    syncMessage(),
  ]);
  const { answers, overflow } = await instance.exchange(messages, bytesMax);
  if (overflow) throw new InstanceError(tooManyBytes(bytesMax));
  const error = answers.find((answer) => answer.type === "E");
  if (error !== undefined) throw statementError(error.body, true);
  const rows = answers.filter((answer) => answer.type === "D").map((answer) => answer.whole);
  return { writtenBytes: concatBytes(rows), writtenCount: rows.length };
}
