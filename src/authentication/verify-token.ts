// What checks a token that came as a password.
import type { Credential } from "../identity.ts";

/** Undefined for a token that does not make the client the user it says it is. Never rejects. */
export type VerifyToken = (user: string, token: string) => Promise<Credential | undefined>;
