// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it, from the server's side. Only verifiers are kept, so a
// login costs two HMACs and a hash, never PBKDF2.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import { malformedScram } from "./server-errors.ts";

const derive = promisify(pbkdf2);

/** PostgreSQL's scram_iterations. */
const scramIterations = 4096;

const saltBytes = 16;
const nonceBytes = 18;

/** What PostgreSQL stores as `SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey`. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

export function parseScramVerifier(text: string): ScramVerifier | undefined {
  const match = /^SCRAM-SHA-256\$(\d{1,7}):([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+):([A-Za-z0-9+/=]+)$/.exec(
    text,
  );
  if (match === null) return undefined;
  const [salt, storedKey, serverKey] = match.slice(2).map((part) => Buffer.from(part, "base64")) as [
    Buffer,
    Buffer,
    Buffer,
  ];
  const iterations = Number(match[1]);
  if (iterations < 1 || salt.length === 0 || storedKey.length !== 32 || serverKey.length !== 32)
    return undefined;
  return { iterations, salt, storedKey, serverKey };
}

/** Makes a verifier with a new salt, or with that of another to compare with. */
export async function createScramVerifier(
  password: string,
  salt: Buffer = randomBytes(saltBytes),
  iterations: number = scramIterations,
): Promise<ScramVerifier> {
  const salted = await derive(preparePassword(password), salt, iterations, 32, "sha256");
  return {
    iterations,
    salt,
    storedKey: sha256(hmac(salted, "Client Key")),
    serverKey: hmac(salted, "Server Key"),
  };
}

/** Whether a password is the one that the verifier was made from. */
export async function isPasswordOf(verifier: ScramVerifier, password: string): Promise<boolean> {
  const candidate = await createScramVerifier(password, verifier.salt, verifier.iterations);
  return timingSafeEqual(candidate.storedKey, verifier.storedKey);
}

/**
 * A verifier that no password fits, for a user who does not exist: its salt is always the same for the name, so that
 * asking twice does not tell.
 */
export function mockScramVerifier(user: string, secret: Buffer): ScramVerifier {
  return {
    iterations: scramIterations,
    salt: hmac(secret, `salt ${user}`).subarray(0, saltBytes),
    storedKey: randomBytes(32),
    serverKey: randomBytes(32),
  };
}

/** SASLprep for what passwords hold in practice: other spaces become spaces, and NFKC. */
function preparePassword(password: string): string {
  return password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, " ")
    .replace(/\u00ad/gu, "")
    .normalize("NFKC");
}

/** One exchange. The verifier of an unknown user is a mock one, and finish() is false. */
export class ScramExchange {
  private readonly verifier: ScramVerifier;
  private clientFirstBare = "";
  private gs2Header = "";
  private serverFirst = "";
  private nonce = "";

  constructor(verifier: ScramVerifier) {
    this.verifier = verifier;
  }

  /** Takes client-first-message and gives server-first-message. Throws FATAL 08P01. */
  start(clientFirst: string): string {
    const match = /^(([nyp])(?:=[^,]*)?,(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(
      clientFirst,
    );
    if (match === null) throw malformedScram("The client's first message cannot be read.");
    if (match[2] === "p") throw malformedScram("Channel binding was not offered.");
    this.gs2Header = match[1] as string;
    this.clientFirstBare = match[3] as string;
    this.nonce = (match[4] as string) + randomBytes(nonceBytes).toString("base64");
    const { salt, iterations } = this.verifier;
    this.serverFirst = `r=${this.nonce},s=${salt.toString("base64")},i=${iterations}`;
    return this.serverFirst;
  }

  /** Takes client-final-message and gives server-final-message, or undefined for a wrong proof. Throws 08P01. */
  finish(clientFinal: string): string | undefined {
    const match = /^(c=([A-Za-z0-9+/=]*),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(clientFinal);
    if (match === null) throw malformedScram("The client's final message cannot be read.");
    if (Buffer.from(match[2] as string, "base64").toString("latin1") !== this.gs2Header) {
      throw malformedScram("The channel binding does not match.");
    }
    if (match[3] !== this.nonce) throw malformedScram("The nonce does not match.");
    const proof = Buffer.from(match[4] as string, "base64");
    if (proof.length !== 32) throw malformedScram("The proof has a wrong length.");
    const authMessage = `${this.clientFirstBare},${this.serverFirst},${match[1]}`;
    const signature = hmac(this.verifier.storedKey, authMessage);
    const clientKey = Buffer.from(proof.map((byte, index) => byte ^ (signature[index] as number)));
    if (!timingSafeEqual(sha256(clientKey), this.verifier.storedKey)) return undefined;
    return `v=${hmac(this.verifier.serverKey, authMessage).toString("base64")}`;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}

function sha256(bytes: Buffer): Buffer {
  return createHash("sha256").update(bytes).digest();
}
