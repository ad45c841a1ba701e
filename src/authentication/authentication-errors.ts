// What ends the session of a user whose credential does not hold any more.
import { type LensError, lensError } from "../errors.ts";

const reasons = {
  expired: "The token has expired.",
  revoked: "The token is not accepted any more.",
  changed: "The user was removed, or its password, groups or attributes were changed.",
  unknown: "Whether the token is still accepted cannot be found out.",
} as const;

export function credentialEnded(user: string, reason: keyof typeof reasons): LensError {
  return lensError(
    "invalid_authorization_specification",
    `terminating connection because the login of user "${user}" does not hold any more`,
    { severity: "FATAL", detail: reasons[reason], hint: "Connect again." },
  );
}
