// Finds out who a client is. What it is told, and what it has to do, is the same for users that exist and that do not.
import { passwordBytesMax, saslMessageBytesMax } from "../constants.ts";
import type { Credential } from "../identity.ts";
import { decodePassword, decodeSaslInitialResponse, decodeText } from "../wire/decode.ts";
import type { MessageWriter } from "./message-writer.ts";
import {
  createScramVerifier,
  isPasswordOf,
  type MockVerifiers,
  mockScramVerifier,
  mockVerifiersLike,
  parseScramVerifier,
  ScramExchange,
  type ScramVerifier,
} from "./scram.ts";
import {
  certificateNeeded,
  cleartextNeedsTls,
  emptyPassword,
  passwordFailed,
  unknownSaslMechanism,
} from "./server-errors.ts";
import type { SocketInput } from "./socket-input.ts";

const plainMechanism = "SCRAM-SHA-256";
const boundMechanism = "SCRAM-SHA-256-PLUS";

export interface KnownUser {
  readonly name: string;
  /** `SCRAM-SHA-256$...` */
  readonly scram: string | undefined;
  /** Plain text, for development only. */
  readonly password: string | undefined;
  /** The common name of a client certificate that is the user's. */
  readonly certificate: string | undefined;
  readonly credential: Credential;
}

export interface AuthenticationOptions {
  findUser(name: string): KnownUser | undefined;
  /** `SCRAM-SHA-256$...` of all users, in an order that is always the same. */
  verifiers(): readonly string[];
  /** In cleartext where the password may be a token. */
  methodFor(name: string): "scram" | "cleartext";
  /** Accepts a token that came as a password; undefined for all others. */
  verifyToken(user: string, token: string): Promise<Credential | undefined>;
}

export interface AuthenticationChannel {
  readonly input: SocketInput;
  readonly writer: MessageWriter;
  /** Encrypted, or from this machine. */
  readonly isPrivate: boolean;
  /** What SCRAM can be bound to, where it is offered. */
  readonly endPoint: Buffer | undefined;
  /** The common name of the client's certificate, signed by an authority of ours. */
  readonly certificateName: string | undefined;
  /** Whether a certificate is asked for beside the password. */
  readonly needsCertificate: boolean;
}

export class Authenticator {
  private readonly options: AuthenticationOptions;
  /** Of the users at the start: a reload would change what unknown users are sent, and nobody else. */
  private readonly mocks: MockVerifiers;
  private readonly verifiers = new Map<string, Promise<ScramVerifier>>();

  constructor(options: AuthenticationOptions) {
    this.options = options;
    this.mocks = mockVerifiersLike(options.verifiers());
  }

  /** Throws FATAL 28P01, 28000, 08P01; undefined when the client went away. */
  async authenticate(user: string, channel: AuthenticationChannel): Promise<Credential | undefined> {
    const { certificateName, needsCertificate } = channel;
    const known = this.options.findUser(user);
    if (needsCertificate && certificateName === undefined) throw certificateNeeded();
    if (!needsCertificate && certificateName !== undefined && known?.certificate === certificateName) {
      return known.credential;
    }
    const method = this.options.methodFor(user);
    const credential = await (method === "scram" ? this.scram(user, channel) : this.cleartext(user, channel));
    // Told as a wrong password is, after it: whose a certificate is depends on whether the user exists.
    if (needsCertificate && credential !== undefined && certificateName !== (known?.certificate ?? user)) {
      throw passwordFailed(user);
    }
    return credential;
  }

  private async scram(user: string, channel: AuthenticationChannel): Promise<Credential | undefined> {
    const { input, writer, endPoint } = channel;
    const known = await this.verifierOf(user);
    // The better one first: some clients take the first that they know.
    const mechanisms = endPoint === undefined ? [plainMechanism] : [boundMechanism, plainMechanism];
    writer.send({ kind: "AuthenticationSASL", mechanisms });
    writer.flush();
    const response = await saslResponse(user, input);
    if (response === undefined) return undefined;
    const initial = decodeSaslInitialResponse(response);
    if (!mechanisms.includes(initial.mechanism)) throw unknownSaslMechanism();
    const isBound = initial.mechanism === boundMechanism;
    const verifier = known?.verifier ?? mockScramVerifier(user, this.mocks);
    const exchange = new ScramExchange(verifier, { endPoint, isBound });
    const challenge = (data: string): Promise<Buffer | undefined> => {
      writer.send({ kind: "AuthenticationSASLContinue", data });
      writer.flush();
      return saslResponse(user, input);
    };
    const first = initial.data() ?? (await challenge(""));
    if (first === undefined) return undefined;
    const final = await challenge(exchange.start(decodeText(first)));
    if (final === undefined) return undefined;
    const signature = exchange.finish(decodeText(final));
    if (signature === undefined || known === undefined) throw passwordFailed(user);
    writer.send({ kind: "AuthenticationSASLFinal", data: signature });
    return known.credential;
  }

  private async cleartext(user: string, channel: AuthenticationChannel): Promise<Credential | undefined> {
    // A password over an open line belongs to everybody on it.
    if (!channel.isPrivate) throw cleartextNeedsTls();
    channel.writer.send({ kind: "AuthenticationCleartextPassword" });
    channel.writer.flush();
    const frame = await channel.input.password("password", passwordBytesMax);
    if (frame === undefined) return undefined;
    if (frame === "wrong length") throw passwordFailed(user);
    const secret = decodeText(decodePassword(frame.body));
    if (secret === "") throw emptyPassword();
    const known = await this.verifierOf(user);
    const verifier = known?.verifier ?? mockScramVerifier(user, this.mocks);
    if ((await isPasswordOf(verifier, secret)) && known !== undefined) return known.credential;
    const credential = await this.options.verifyToken(user, secret);
    if (credential === undefined) throw passwordFailed(user);
    return credential;
  }

  private async verifierOf(
    user: string,
  ): Promise<{ readonly verifier: ScramVerifier; readonly credential: Credential } | undefined> {
    const record = this.options.findUser(user);
    if (record === undefined) return undefined;
    const { credential } = record;
    if (record.scram !== undefined) {
      const verifier = parseScramVerifier(record.scram);
      return verifier === undefined ? undefined : { verifier, credential };
    }
    if (record.password === undefined) return undefined;
    return { verifier: await this.developmentVerifier(record.name, record.password), credential };
  }

  /** Derived once per user and password; how many there are is bounded by the users file. */
  private developmentVerifier(user: string, password: string): Promise<ScramVerifier> {
    const key = `${user}\0${password}`;
    let verifier = this.verifiers.get(key);
    if (verifier === undefined) {
      // As the mock of its name would be, so that its salt too outlives a restart.
      const { salt, iterations } = mockScramVerifier(user, this.mocks);
      verifier = createScramVerifier(password, salt, iterations);
      this.verifiers.set(key, verifier);
    }
    return verifier;
  }
}

/** Undefined when the client went away. Throws FATAL 28P01, 08P01. */
async function saslResponse(user: string, input: SocketInput): Promise<Buffer | undefined> {
  const frame = await input.password("SASL", saslMessageBytesMax);
  if (frame === "wrong length") throw passwordFailed(user);
  return frame?.body;
}
