// SCRAM-SHA-256 verifiers in PostgreSQL's form: what a server keeps instead of a password.
import { createHash, createHmac, pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";

export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Uint8Array;
  readonly storedKey: Uint8Array;
  readonly serverKey: Uint8Array;
}

/** PostgreSQL's scram_iterations. */
const scramIterationsDefault = 4096;
/** RFC 7677 asks for at least this many. */
const scramIterationsMin = 4096;
/** A login costs so many hashes; more would let a users file stop the server. */
const scramIterationsMax = 10_000_000;
const saltBytes = 16;
const keyBytes = 32;

const pattern =
  /^SCRAM-SHA-256\$(\d{1,8}):([A-Za-z0-9+/]+={0,2})\$([A-Za-z0-9+/]{43}=):([A-Za-z0-9+/]{43}=)$/;

/** undefined where the text is none, or has fewer iterations than are safe. */
export function parseScramVerifier(text: string): ScramVerifier | undefined {
  const [, iterationsText, salt, storedKey, serverKey] = pattern.exec(text) ?? [];
  if (salt === undefined || storedKey === undefined || serverKey === undefined) return undefined;
  const iterations = Number(iterationsText);
  if (iterations < scramIterationsMin || iterations > scramIterationsMax) return undefined;
  const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
  return { iterations, salt: bytes(salt), storedKey: bytes(storedKey), serverKey: bytes(serverKey) };
}

/** `SCRAM-SHA-256$ITERATIONS:SALT$STORED:SERVER`. */
export function formatScramVerifier(verifier: ScramVerifier): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const { iterations, salt, storedKey, serverKey } = verifier;
  return `SCRAM-SHA-256$${iterations}:${base64(salt)}$${base64(storedKey)}:${base64(serverKey)}`;
}

/** The verifier of a password (RFC 5802), with a new salt unless one is given. */
export async function makeScramVerifier(
  password: string,
  iterations: number = scramIterationsDefault,
  salt: Uint8Array = randomBytes(saltBytes),
): Promise<ScramVerifier> {
  const salted = await promisify(pbkdf2)(prepared(password), salt, iterations, keyBytes, "sha256");
  const hmac = (text: string): Buffer => createHmac("sha256", salted).update(text).digest();
  return {
    iterations,
    salt,
    storedKey: createHash("sha256").update(hmac("Client Key")).digest(),
    serverKey: hmac("Server Key"),
  };
}

const asciiPattern = /^[\x20-\x7e]*$/;
const spacePattern = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const droppedPattern = /\u00ad|\u034f|\u1806|[\u180b-\u180d]|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/g;

/** SASLprep (RFC 4013) as far as mapping and NFKC go; like PostgreSQL, what it forbids is taken as it is. */
function prepared(password: string): string {
  if (asciiPattern.test(password)) return password;
  return password.replace(spacePattern, " ").replace(droppedPattern, "").normalize("NFKC");
}
