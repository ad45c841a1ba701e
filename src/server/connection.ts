// One client's connection, from its first byte to its last: start-up, login, then message after message.
import type { Socket } from "node:net";
import { authenticationTimeoutMs } from "../constants.ts";
import type { Session } from "../engine/session.ts";
import { cancelledByUser, inFailedTransaction } from "../engine/session-errors.ts";
import type { SessionInfo } from "../engine/session-info.ts";
import type { ReadParameter, TlsSession } from "../engine/session-options.ts";
import { LensError, toLensError, withOptions } from "../errors.ts";
import type { EmitEvent } from "../events.ts";
import type { Credential, Identity } from "../identity.ts";
import type { ConnectionLimit } from "../limits/connection-limit.ts";
import { transactionTimedOut } from "../limits/limits-errors.ts";
import type { LoginAttempts } from "../limits/login-attempts.ts";
import { sqlstates } from "../sqlstate.ts";
import { decodeMessage } from "../wire/decode.ts";
import { type Frame, SilentClose } from "../wire/framing.ts";
import type { FrontendMessage } from "../wire/frontend-message.ts";
import { type TextCodec, utf8Codec } from "../wire/text-codec.ts";
import { answerStatement } from "./answer-statement.ts";
import type { Authenticator } from "./authenticate.ts";
import type { CancelKeys } from "./cancel-keys.ts";
import { answerExtended } from "./extended-query.ts";
import { ConnectionLost, MessageWriter } from "./message-writer.ts";
import { textCodecFor } from "./read-parameter.ts";
import { errorFields, sendNotices, sendReady } from "./send-result.ts";
import {
  adminShutdown,
  authenticationTimedOut,
  clientGone,
  functionCallNotSupported,
  idleInTransactionTimedOut,
  idleSessionTimedOut,
} from "./server-errors.ts";
import { SocketInput } from "./socket-input.ts";
import { type StartedConnection, startConnection, type TlsOptions } from "./startup.ts";
import { tlsSessionOf } from "./tls-session.ts";

/** What is known of a client when its session is opened. */
export interface SessionRequest {
  readonly sessionId: number;
  readonly processId: number;
  readonly identity: Identity;
  readonly databaseName: string;
  readonly clientAddress: string;
  readonly tls: TlsSession | undefined;
  readonly startupParameters: ReadonlyMap<string, string>;
}

/** A login that succeeded (00000) or did not. */
export interface LoginRecord {
  readonly user: string;
  readonly databaseName: string;
  readonly clientAddress: string;
  readonly sqlstate: string;
  /** The limit that it ran into. */
  readonly limit?: string | undefined;
  /** Where the client has shown who it is. */
  readonly identity: Identity | undefined;
}

export interface ConnectionParts {
  readonly authenticator: Authenticator;
  readonly loginAttempts: LoginAttempts;
  readonly cancelKeys: CancelKeys;
  readonly connectionLimit: ConnectionLimit;
  readonly tls: TlsOptions | undefined;
  /** 0: none. */
  readonly idleTimeoutMs: number;
  readonly readParameter: ReadParameter;
  /** Rejects with 3D000, 28000 and errors of startup settings. */
  readonly openSession: (request: SessionRequest) => Promise<Session>;
  /** Records a login before the client is told. */
  readonly onLogin: (login: LoginRecord) => Promise<void>;
  readonly emit: EmitEvent;
}

/** How long a client may take to read the last message before its socket is destroyed. */
const farewellMs = 2000;

const loopback = /^(127\.|::1$|::ffff:127\.)/;

export class Connection {
  readonly id: number;
  readonly address: string;
  private readonly parts: ConnectionParts;
  readonly input: SocketInput;
  readonly writer: MessageWriter;
  private socket: Socket;
  private session: Session | undefined;
  private credential: Credential | undefined;
  private isDraining = false;
  private isSkipping = false;
  private reason = "client closed";
  private release: (() => void) | undefined;

  constructor(id: number, socket: Socket, parts: ConnectionParts) {
    this.id = id;
    this.socket = socket;
    this.address = socket.remoteAddress ?? "";
    this.parts = parts;
    this.writer = new MessageWriter(socket, () => this.codec());
    this.input = new SocketInput(() => this.session?.cancel(clientGone()));
    socket.on("error", () => {});
    this.input.attach(socket);
  }

  /** Serves the client until the end. Never rejects. Resolves to why it ended. */
  async serve(): Promise<string> {
    try {
      const session = await this.login();
      if (session !== undefined) await this.answerAll(session);
      this.writer.flush();
      this.closeSoon();
    } catch (error) {
      this.sayFarewell(error);
    } finally {
      this.release?.();
      await this.session?.close(clientGone());
    }
    return this.reason;
  }

  /** Ends the connection as soon as no statement runs. */
  drain(): void {
    this.isDraining = true;
    if (this.input.isWaiting && !this.isSkipping) this.input.interrupt(adminShutdown());
  }

  /** Undefined before the login. */
  info(): SessionInfo | undefined {
    return this.session?.info();
  }

  /** Ends the running statement with 57014, as a cancel request does. */
  cancel(): void {
    this.session?.cancel(cancelledByUser());
  }

  /** Ends it now: what runs is ended first, with this error. */
  terminate(reason: LensError): void {
    this.isDraining = true;
    this.session?.cancel(reason);
    this.input.interrupt(adminShutdown());
    setTimeout(() => this.socket.destroy(), farewellMs).unref();
  }

  private async login(): Promise<Session | undefined> {
    const deadline = setTimeout(() => this.endLogin(), authenticationTimeoutMs);
    try {
      const { socket, input, writer } = this;
      const { tls, cancelKeys } = this.parts;
      const useSocket = (secured: Socket): void => {
        this.socket = secured;
      };
      const started = await startConnection({ socket, useSocket, input, writer, tls, cancelKeys });
      return started === undefined ? undefined : await this.openSession(started);
    } finally {
      clearTimeout(deadline);
    }
  }

  private endLogin(): void {
    if (this.input.isWaiting) this.input.interrupt(authenticationTimedOut());
    else this.socket.destroy();
  }

  private async openSession(started: StartedConnection): Promise<Session | undefined> {
    const { connectionLimit, openSession, onLogin } = this.parts;
    const { user, database, parameters } = started;
    const login = { user, databaseName: database, clientAddress: this.address };
    let identity: Identity | undefined;
    try {
      const { writer } = this;
      this.credential = await this.authenticate(started);
      if (this.credential === undefined) return undefined;
      identity = this.credential.identity;
      // Not sent before the login is recorded: nothing is flushed until then.
      writer.send({ kind: "AuthenticationOk" });
      const releasePlace = await connectionLimit.take(identity.user, this.address);
      const key = this.parts.cancelKeys.register(started.secretKeyBytes, () =>
        this.session?.cancel(cancelledByUser()),
      );
      this.release = () => {
        releasePlace();
        this.parts.cancelKeys.release(key.processId);
      };
      const session = await openSession({
        sessionId: this.id,
        processId: key.processId,
        identity,
        databaseName: database,
        clientAddress: this.address,
        tls: tlsSessionOf(this.socket),
        startupParameters: parameters,
      });
      this.session = session;
      await onLogin({ ...login, identity, sqlstate: "00000" });
      for (const { name, value } of session.takeReports())
        writer.send({ kind: "ParameterStatus", name, value });
      writer.send({ kind: "BackendKeyData", ...key });
      sendReady(session, writer);
      return session;
    } catch (error) {
      if (error instanceof LensError) {
        await onLogin({ ...login, identity, sqlstate: error.sqlstate, limit: error.limit });
      }
      throw error;
    }
  }

  /** Undefined when the client went away. Throws FATAL 28P01, 28000, 08P01, 53400. */
  private async authenticate(started: StartedConnection): Promise<Credential | undefined> {
    const { authenticator, loginAttempts, tls } = this.parts;
    const { user, isEncrypted, endPoint, certificateName } = started;
    const attempt = loginAttempts.begin(user, this.address);
    try {
      const credential = await authenticator.authenticate(user, {
        input: this.input,
        writer: this.writer,
        isPrivate: isEncrypted || loopback.test(this.address),
        endPoint,
        certificateName,
        needsCertificate: tls?.clientCertificates?.mode === "require",
      });
      if (credential === undefined) attempt.withdrawn();
      else attempt.succeeded();
      return credential;
    } catch (error) {
      const isGuess = error instanceof LensError && error.sqlstate === sqlstates.invalid_password;
      if (isGuess) attempt.failed();
      else attempt.withdrawn();
      throw error;
    }
  }

  private async answerAll(session: Session): Promise<void> {
    for (;;) {
      const frame = await this.nextFrame(session);
      if (frame === undefined) return;
      if (!(await this.answer(session, frame))) return;
    }
  }

  /** Waits as long as the session may be idle. */
  private async nextFrame(session: Session): Promise<Frame | undefined> {
    const buffered = this.input.bufferedBytes > 0;
    if (this.isDraining && !buffered && !this.isSkipping) throw adminShutdown();
    const isIdle = session.transactionStatus === "I" && !session.hasOpenPortal;
    const asked = session.idleTimeouts();
    const sessionMs = isIdle ? asked.idleMs : asked.idleInTransactionMs;
    const limits = [sessionMs, this.parts.idleTimeoutMs].filter((limitMs) => limitMs > 0);
    const idleMs = Math.min(...limits);
    const leftMs = asked.transactionLeftMs ?? Number.POSITIVE_INFINITY;
    const waitMs = Math.min(idleMs, leftMs);
    if (waitMs === Number.POSITIVE_INFINITY) return this.input.frame();
    const idleError = isIdle ? idleSessionTimedOut : idleInTransactionTimedOut;
    const error = leftMs <= idleMs ? transactionTimedOut : idleError;
    const timer = setTimeout(() => this.input.interrupt(error()), waitMs);
    try {
      return await this.input.frame();
    } finally {
      clearTimeout(timer);
    }
  }

  /** False when the client said goodbye. Throws what ends the connection. */
  private async answer(session: Session, frame: Frame): Promise<boolean> {
    const letter = String.fromCharCode(frame.type);
    if (letter === "X") return false;
    if (this.isSkipping && letter !== "S") return true;
    try {
      await this.answerMessage(
        session,
        decodeMessage(frame, (bytes) => this.codec().decode(bytes)),
      );
      // A client that sends without reading fills its own buffers, not this server's.
      await this.writer.drained();
    } catch (error) {
      if (error instanceof ConnectionLost || error instanceof SilentClose) throw error;
      await this.reportError(session, error);
      // Query and FunctionCall are cycles of their own; after any other the client's next word that counts is Sync.
      if (letter === "Q" || letter === "F" || letter === "S") await this.endCycle(session);
      else this.isSkipping = true;
    }
    return true;
  }

  private async answerMessage(session: Session, message: FrontendMessage): Promise<void> {
    switch (message.kind) {
      case "Query":
        await this.checkCredential();
        for await (const outcome of session.simpleQuery(message.text)) {
          await answerStatement(session, this, outcome, true);
        }
        return this.endCycle(session);
      case "Sync":
        return this.endCycle(session);
      case "Flush":
        return this.writer.flush();
      case "FunctionCall":
        throw session.transactionStatus === "E" ? inFailedTransaction() : functionCallNotSupported();
      case "CopyData":
      case "CopyDone":
      case "CopyFail":
      case "Terminate":
        // PostgreSQL too drops what is left of a COPY that it never began.
        return;
      default:
        if (message.kind === "Parse" || message.kind === "Bind" || message.kind === "Execute") {
          await this.checkCredential();
        }
        return answerExtended(session, this, message, this.parts.readParameter);
    }
  }

  /** A token that was revoked or has expired opens nothing more. Throws FATAL 28000. */
  private async checkCredential(): Promise<void> {
    const problem = await this.credential?.check();
    if (problem !== undefined) throw problem;
  }

  private async endCycle(session: Session): Promise<void> {
    this.isSkipping = false;
    await session.endCycle();
    sendReady(session, this.writer);
    await this.writer.drained();
  }

  private async reportError(session: Session, thrown: unknown): Promise<void> {
    const error = this.asLensError(thrown);
    if (error.severity === "FATAL") throw error;
    await session.fail(error);
    sendNotices(session, this.writer);
    this.sendError(error);
    this.writer.flush();
  }

  /** As PostgreSQL, an error whose words the client's encoding does not have is told as that. */
  private sendError(error: LensError): void {
    try {
      this.writer.send({ kind: "ErrorResponse", fields: errorFields(error) });
    } catch (failure) {
      const told = withOptions(this.asLensError(failure), { severity: error.severity });
      this.writer.send({ kind: "ErrorResponse", fields: errorFields(told) });
    }
  }

  private codec(): TextCodec {
    return this.session === undefined ? utf8Codec : textCodecFor(this.session.settings);
  }

  private asLensError(thrown: unknown): LensError {
    const error = toLensError(thrown);
    if (error !== thrown) this.parts.emit({ kind: "internalError", error: error, where: "connection" });
    return error;
  }

  private sayFarewell(thrown: unknown): void {
    if (thrown instanceof SilentClose || thrown instanceof ConnectionLost || this.input.isLost) {
      this.socket.destroy();
      return;
    }
    const error = withOptions(this.asLensError(thrown), { severity: "FATAL" });
    this.reason = error.sqlstate;
    this.sendError(error);
    this.writer.flush();
    this.closeSoon();
  }

  /** Lets the client read what was sent, and does not depend on it to close its side. */
  private closeSoon(): void {
    this.socket.end();
    // Bytes that are not read would make the kernel reset the connection before the client has seen the last ones.
    this.input.detach();
    this.socket.resume();
    const timer = setTimeout(() => this.socket.destroy(), farewellMs).unref();
    this.socket.once("close", () => clearTimeout(timer));
  }
}
