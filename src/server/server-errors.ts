// Errors of connections: start-up, authentication, and their end.
import { type LensError, lensError } from "../errors.ts";

const fatal = { severity: "FATAL" } as const;

export function unsupportedProtocol(major: number, minor: number): LensError {
  return lensError(
    "feature_not_supported",
    `unsupported frontend protocol ${major}.${minor}: server supports 3.0 to 3.2`,
    fatal,
  );
}

export function unencryptedDataAfter(request: "SSL" | "GSSAPI encryption"): LensError {
  return lensError("protocol_violation", `received unencrypted data after ${request} request`, {
    ...fatal,
    detail:
      "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.",
  });
}

export function noUserName(): LensError {
  return lensError(
    "invalid_authorization_specification",
    "no PostgreSQL user name specified in startup packet",
    fatal,
  );
}

export function tlsRequired(): LensError {
  return lensError("invalid_authorization_specification", "connection requires TLS", {
    ...fatal,
    hint: "Connect with sslmode=require.",
  });
}

export function certificateNeeded(): LensError {
  return lensError(
    "invalid_authorization_specification",
    "connection requires a valid client certificate",
    fatal,
  );
}

export function cleartextNeedsTls(): LensError {
  return lensError("invalid_authorization_specification", "password authentication requires TLS", {
    ...fatal,
    detail: "Passwords and tokens are taken over TLS or from this machine only.",
  });
}

export function passwordFailed(user: string): LensError {
  return lensError("invalid_password", `password authentication failed for user "${user}"`, fatal);
}

export function emptyPassword(): LensError {
  return lensError("invalid_password", "empty password returned by client", fatal);
}

export function unknownSaslMechanism(): LensError {
  return lensError("protocol_violation", "client selected an invalid SASL authentication mechanism", fatal);
}

export function malformedScram(detail: string): LensError {
  return lensError("protocol_violation", "malformed SCRAM message", { ...fatal, detail });
}

export function unsupportedScramExtension(): LensError {
  return lensError("feature_not_supported", "client requires an unsupported SCRAM extension", fatal);
}

export function unknownChannelBinding(kind: string): LensError {
  return lensError("protocol_violation", `unsupported SCRAM channel-binding type "${kind}"`, fatal);
}

export function unexpectedChannelBinding(): LensError {
  return lensError(
    "protocol_violation",
    "unexpected SCRAM channel-binding attribute in client-final-message",
    fatal,
  );
}

export function channelBindingFailed(): LensError {
  return lensError("invalid_authorization_specification", "SCRAM channel binding check failed", fatal);
}

export function channelBindingRefused(): LensError {
  return lensError("invalid_authorization_specification", "SCRAM channel binding negotiation error", {
    ...fatal,
    detail:
      "The client supports SCRAM channel binding but thinks the server does not.  " +
      "However, this server does support channel binding.",
  });
}

export function authenticationTimedOut(): LensError {
  return lensError("query_canceled", "canceling authentication due to timeout", fatal);
}

export function idleSessionTimedOut(): LensError {
  return lensError("idle_session_timeout", "terminating connection due to idle-session timeout", fatal);
}

export function idleInTransactionTimedOut(): LensError {
  return lensError(
    "idle_in_transaction_session_timeout",
    "terminating connection due to idle-in-transaction timeout",
    fatal,
  );
}

export function adminShutdown(): LensError {
  return lensError("admin_shutdown", "terminating connection due to administrator command", fatal);
}

/** Ends what a client that is gone had asked for; nobody reads it. */
export function clientGone(): LensError {
  return lensError("query_canceled", "canceling statement due to lost connection");
}

/** PostgreSQL has not read the rest of such a message, and ends the connection after it. */
export function unexpectedDuringCopy(messageType: number): LensError {
  const spelled = messageType.toString(16).toUpperCase().padStart(2, "0");
  return lensError("protocol_violation", `unexpected message type 0x${spelled} during COPY from stdin`);
}

export function synchronizationLost(): LensError {
  return lensError(
    "protocol_violation",
    "terminating connection because protocol synchronization was lost",
    fatal,
  );
}

export function functionCallNotSupported(): LensError {
  return lensError("feature_not_supported", "function calls are not supported");
}
