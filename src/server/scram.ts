// SCRAM-SHA-256 (RFC 5802, RFC 7677) as PostgreSQL speaks it, from the server's side. Only verifiers are kept, so a
// login costs two HMACs and a hash, never PBKDF2.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from "node:crypto";
import { promisify } from "node:util";
import {
  channelBindingFailed,
  channelBindingRefused,
  malformedScram,
  unexpectedChannelBinding,
  unknownChannelBinding,
  unsupportedScramExtension,
} from "./server-errors.ts";

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

/** What verifiers of users who do not exist are made of. */
export interface MockVerifiers {
  /** Of the same users the same, so that neither a restart nor another replica shows who has no verifier. */
  readonly secret: Buffer;
  /** Those of users who do exist: what is made up has iterations and a salt like one of them. */
  readonly known: readonly ScramVerifier[];
}

/** `texts`: all verifiers of users. */
export function mockVerifiersLike(texts: readonly string[]): MockVerifiers {
  const known = texts.flatMap((text) => parseScramVerifier(text) ?? []);
  const secret = known.length === 0 ? randomBytes(32) : sha256(Buffer.from(texts.join("\n")));
  return { secret, known };
}

/**
 * A verifier that no password fits, for a user who does not exist: its salt is always the same for the name, so that
 * asking twice does not tell.
 */
export function mockScramVerifier(user: string, { secret, known }: MockVerifiers): ScramVerifier {
  const chosen = hmac(secret, `like ${user}`).readUInt32BE() % Math.max(known.length, 1);
  const like = known[chosen];
  const salt = Buffer.concat([hmac(secret, `salt ${user}`), hmac(secret, `more salt ${user}`)]);
  return {
    iterations: like?.iterations ?? scramIterations,
    salt: salt.subarray(0, like?.salt.length ?? saltBytes),
    storedKey: randomBytes(32),
    serverKey: randomBytes(32),
  };
}

/** SASLprep for what passwords hold in practice: other spaces become spaces, what is invisible goes, and NFKC. */
function preparePassword(password: string): string {
  return password
    .replace(/[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/gu, " ")
    .replace(/\u00ad|\u034f|\u1806|[\u180b-\u180d]|[\u200c\u200d]|\u2060|[\ufe00-\ufe0f]|\ufeff/gu, "")
    .normalize("NFKC");
}

/** What an exchange is bound to. */
export interface ScramChannel {
  /** The server's end point, where channel binding was offered. */
  readonly endPoint: Buffer | undefined;
  /** Whether the client chose SCRAM-SHA-256-PLUS. */
  readonly isBound: boolean;
}

const unboundChannel: ScramChannel = { endPoint: undefined, isBound: false };

/** One exchange. The verifier of an unknown user is a mock one, and finish() is false. */
export class ScramExchange {
  private readonly verifier: ScramVerifier;
  private readonly channel: ScramChannel;
  private clientFirstBare = "";
  private gs2Header = "";
  private serverFirst = "";
  private nonce = "";

  constructor(verifier: ScramVerifier, channel: ScramChannel = unboundChannel) {
    this.verifier = verifier;
    this.channel = channel;
  }

  /** Takes client-first-message and gives server-first-message. Throws FATAL 08P01, 28000. */
  start(clientFirst: string): string {
    if (/^[nyp][^,]*,[^,]*,m=/.test(clientFirst)) throw unsupportedScramExtension();
    const match = /^(([nyp])(?:=([^,]*))?,(?:a=[^,]*)?,)(n=[^,]*,r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?)$/s.exec(
      clientFirst,
    );
    if (match === null) throw malformedScram("The client's first message cannot be read.");
    this.refuseBinding(match[2] as string, match[3]);
    this.gs2Header = match[1] as string;
    this.clientFirstBare = match[4] as string;
    this.nonce = (match[5] as string) + randomBytes(nonceBytes).toString("base64");
    const { salt, iterations } = this.verifier;
    this.serverFirst = `r=${this.nonce},s=${salt.toString("base64")},i=${iterations}`;
    return this.serverFirst;
  }

  /** Throws where what the client says of channel binding does not go with what it was offered and chose. */
  private refuseBinding(flag: string, kind: string | undefined): void {
    const { isBound, endPoint } = this.channel;
    if (flag === "p") {
      if (!isBound) {
        throw malformedScram(
          "The client selected SCRAM-SHA-256 without channel binding, but the SCRAM message includes channel binding data.",
        );
      }
      if (kind !== "tls-server-end-point") throw unknownChannelBinding(kind ?? "");
      return;
    }
    if (isBound) {
      throw malformedScram(
        "The client selected SCRAM-SHA-256-PLUS, but the SCRAM message does not include channel binding data.",
      );
    }
    // Who removed our offer stands between the client and this server.
    if (flag === "y" && endPoint !== undefined) throw channelBindingRefused();
  }

  /** Takes client-final-message and gives server-final-message, or undefined for a wrong proof. Throws 08P01, 28000. */
  finish(clientFinal: string): string | undefined {
    const match = /^(c=([A-Za-z0-9+/=]*),r=([^,]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s.exec(clientFinal);
    if (match === null) throw malformedScram("The client's final message cannot be read.");
    const { isBound, endPoint } = this.channel;
    const bound = Buffer.concat([Buffer.from(this.gs2Header), ...(isBound && endPoint ? [endPoint] : [])]);
    if (match[2] !== bound.toString("base64")) {
      throw isBound ? channelBindingFailed() : unexpectedChannelBinding();
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
