// What a client sends for COPY ... FROM STDIN: CopyData up to CopyDone or CopyFail, under the statement's time.
import type { CopyReceiver } from "../engine/outcome.ts";
import type { Session } from "../engine/session.ts";
import { decodeCopyFail } from "../wire/decode.ts";
import { type TextCodec, textCodecOf } from "../wire/text-codec.ts";
import type { ClientStreams } from "./answer-statement.ts";
import { ConnectionLost } from "./message-writer.ts";
import { textCodecFor } from "./read-parameter.ts";
import { errorFields } from "./send-result.ts";
import { synchronizationLost, unexpectedDuringCopy } from "./server-errors.ts";

/** Parts that are put together as they come: many clients send a message for each row. */
const partsMax = 1000;

/** Resolves to the command tag. Throws the client's error, ConnectionLost, and FATAL 08P01 for any other message. */
export async function receiveCopy(
  session: Session,
  { input, writer }: ClientStreams,
  receiver: CopyReceiver,
): Promise<string> {
  const { format, columnCount, signal } = receiver;
  const clientCodec = textCodecFor(session.settings);
  try {
    writer.send({ kind: "CopyInResponse", format, columnCount });
    writer.flush();
    let parts: Buffer[] = [];
    const data = (): Uint8Array => recoded(Buffer.concat(parts), receiver, clientCodec);
    for (;;) {
      const frame = await input.frameOfStatement(signal);
      if (frame === undefined) throw new ConnectionLost();
      switch (String.fromCharCode(frame.type)) {
        case "d":
          receiver.take(frame.body.length);
          // A copy: a view would keep the whole packet that it came in.
          parts.push(Buffer.from(frame.body));
          if (parts.length >= partsMax) parts = [Buffer.concat(parts)];
          break;
        case "c":
          return await receiver.end(data());
        case "f":
          return await receiver.fail(
            data(),
            decodeCopyFail(frame, (bytes) => clientCodec.decode(bytes)),
          );
        case "H":
        case "S":
          // They belong to nothing that could be answered now, as in PostgreSQL.
          break;
        default:
          writer.send({ kind: "ErrorResponse", fields: errorFields(unexpectedDuringCopy(frame.type)) });
          throw synchronizationLost();
      }
    }
  } finally {
    receiver.close();
  }
}

/** Text as UTF-8. Throws 22021 and 22P05. */
function recoded(data: Buffer, { format, encoding }: CopyReceiver, clientCodec: TextCodec): Uint8Array {
  const codec = encoding === undefined ? clientCodec : textCodecOf(encoding);
  return format === 1 || codec.isUtf8 ? data : Buffer.from(codec.decode(data));
}
