// Parse, Bind, Describe, Execute and Close.

import type { Session } from "../engine/session.ts";
import type { ReadParameter } from "../engine/session-options.ts";
import { unreachable } from "../errors.ts";
import { refuseUnsupportedFormats } from "../wire/encode-rows.ts";
import type { BindMessage, ExtendedMessage } from "../wire/frontend-message.ts";
import { answerStatement, type ClientStreams } from "./answer-statement.ts";
import type { MessageWriter } from "./message-writer.ts";
import { readBoundParameters } from "./read-parameter.ts";

/** Answers one message. Throws the client's error; the caller then skips to Sync. */
export async function answerExtended(
  session: Session,
  streams: ClientStreams,
  message: ExtendedMessage,
  read: ReadParameter,
): Promise<void> {
  const { writer } = streams;
  switch (message.kind) {
    case "Parse":
      await session.parse(message.statement, message.text, message.parameterTypes);
      writer.send({ kind: "ParseComplete" });
      return;
    case "Bind":
      bind(session, message, read);
      writer.send({ kind: "BindComplete" });
      return;
    case "Describe":
      describe(session, writer, message.target, message.name);
      return;
    case "Execute":
      await answerStatement(session, streams, await session.execute(message.portal, message.rowsMax), false);
      return;
    case "Close":
      if (message.target === "statement") session.closeStatement(message.name);
      else session.closePortal(message.name);
      writer.send({ kind: "CloseComplete" });
      return;
    default:
      unreachable(message);
  }
}

function bind(session: Session, message: BindMessage, read: ReadParameter): void {
  const { portal, statement, parameterFormats, parameters, resultFormats } = message;
  session.bind({
    portal,
    statement,
    parameterFormatCount: parameterFormats.length,
    parameterCount: parameters.length,
    resultFormats,
    readParameters: (types, isCatalog) =>
      readBoundParameters(
        { types, isCatalog },
        { values: parameters, formats: parameterFormats },
        session.settings,
        read,
      ),
  });
  if (!resultFormats.includes(1)) return;
  try {
    // A column that cannot be sent as asked for is refused before anything runs.
    const { columns, formats, isCatalog } = session.describePortal(portal);
    if (columns !== undefined && !isCatalog) refuseUnsupportedFormats(columns, formats);
  } catch (error) {
    session.closePortal(portal);
    throw error;
  }
}

function describe(
  session: Session,
  writer: MessageWriter,
  target: "statement" | "portal",
  name: string,
): void {
  if (target === "statement") {
    const { parameterTypes, columns } = session.describeStatement(name);
    writer.send({ kind: "ParameterDescription", parameterTypes });
    writer.send(
      columns === undefined ? { kind: "NoData" } : { kind: "RowDescription", columns, formats: [] },
    );
    return;
  }
  const { columns, formats } = session.describePortal(name);
  writer.send(columns === undefined ? { kind: "NoData" } : { kind: "RowDescription", columns, formats });
}
