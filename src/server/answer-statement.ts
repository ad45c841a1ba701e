// A statement's answer: sent, or first what it waits for received.
import type { Outcome } from "../engine/outcome.ts";
import type { Session } from "../engine/session.ts";
import type { MessageWriter } from "./message-writer.ts";
import { receiveCopy } from "./receive-copy.ts";
import { sendOutcome } from "./send-result.ts";
import type { SocketInput } from "./socket-input.ts";

/** Both directions of a connection. */
export interface ClientStreams {
  readonly input: SocketInput;
  readonly writer: MessageWriter;
}

/** `withRowDescription`: as for a Query message; Execute never describes. Throws the client's error. */
export async function answerStatement(
  session: Session,
  streams: ClientStreams,
  outcome: Outcome,
  withRowDescription: boolean,
): Promise<void> {
  if (outcome.kind !== "copyIn") return sendOutcome(session, streams.writer, outcome, withRowDescription);
  const tag = await receiveCopy(session, streams, outcome.receiver);
  session.copied();
  return sendOutcome(session, streams.writer, { kind: "complete", tag }, withRowDescription);
}
