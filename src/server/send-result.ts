// A statement's answer as messages, rows with back-pressure.

import type { Notice, Outcome, RowReader } from "../engine/outcome.ts";
import type { Session } from "../engine/session.ts";
import type { LensError } from "../errors.ts";
import type { MessageFields } from "../wire/backend-message.ts";
import { type CopyEncoder, createCopyEncoder } from "../wire/encode-copy.ts";
import { createRowEncoder, type RowEncoder } from "../wire/encode-rows.ts";
import { recodedRows } from "../wire/recode-rows.ts";
import { textCodecOf } from "../wire/text-codec.ts";
import type { MessageWriter } from "./message-writer.ts";
import { textCodecFor, textFormatSettings } from "./read-parameter.ts";

/** `withRowDescription`: as for a Query message; Execute never describes. */
export async function sendOutcome(
  session: Session,
  writer: MessageWriter,
  outcome: Exclude<Outcome, { readonly kind: "copyIn" }>,
  withRowDescription: boolean,
): Promise<void> {
  if (outcome.kind === "empty") {
    writer.send({ kind: "EmptyQueryResponse" });
    return;
  }
  if (outcome.kind === "complete") {
    sendNotices(session, writer);
    writer.send({ kind: "CommandComplete", tag: outcome.tag });
    return;
  }
  const { columns, formats, copy, rows } = outcome;
  const settings = textFormatSettings(session.settings);
  const codec = textCodecFor(session.settings);
  if (copy !== undefined) {
    const copyCodec =
      copy.kind === "binary" || copy.encoding === undefined ? codec : textCodecOf(copy.encoding);
    await sendCopy(writer, outcome, createCopyEncoder(columns, copy, settings, copyCodec));
  } else {
    if (withRowDescription) writer.send({ kind: "RowDescription", columns, formats });
    const encoder = createRowEncoder(columns, formats, settings);
    await sendRows(writer, rows, recodedRows(encoder, columns, formats, codec));
  }
  sendNotices(session, writer);
  const end = rows.end();
  writer.send(
    end.kind === "suspended" ? { kind: "PortalSuspended" } : { kind: "CommandComplete", tag: end.tag },
  );
}

async function sendRows(writer: MessageWriter, rows: RowReader, encoder: RowEncoder): Promise<void> {
  for (let batch = await rows.next(); batch !== undefined; batch = await rows.next()) {
    if (batch.rowCount > 0) {
      const encoded = encoder.encode(batch);
      batch.onSent?.(encoded.length);
      writer.sendEncoded(encoded);
    }
    await writer.drained();
  }
}

async function sendCopy(
  writer: MessageWriter,
  { columns, copy, rows }: Extract<Outcome, { readonly kind: "rows" }>,
  encoder: CopyEncoder,
): Promise<void> {
  const format = copy?.kind === "binary" ? 1 : 0;
  writer.send({ kind: "CopyOutResponse", format, columnCount: columns.length });
  writer.sendEncoded(encoder.begin());
  await sendRows(writer, rows, encoder);
  writer.sendEncoded(encoder.end());
  writer.send({ kind: "CopyDone" });
}

/** Their place is before CommandComplete or the error, where every driver takes them. */
export function sendNotices(session: Session, writer: MessageWriter): void {
  for (const notice of session.takeNotices())
    writer.send({ kind: "NoticeResponse", fields: noticeFields(notice) });
}

function noticeFields(notice: Notice): MessageFields {
  const { severity, sqlstate, message, detail, hint, context } = notice;
  return { severity, sqlstate, message, detail, hint, context };
}

export function errorFields(error: LensError): MessageFields {
  const { severity, sqlstate, message, detail, hint, position, context, routine } = error;
  return { severity, sqlstate, message, detail, hint, position, context, routine };
}

/** What ends a cycle: settings that changed, then the status. */
export function sendReady(session: Session, writer: MessageWriter): void {
  sendNotices(session, writer);
  for (const { name, value } of session.takeReports()) writer.send({ kind: "ParameterStatus", name, value });
  writer.send({ kind: "ReadyForQuery", status: session.transactionStatus });
  writer.flush();
}
