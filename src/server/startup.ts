// From the first byte to a StartupMessage: TLS by request or at once, cancel requests, and protocol versions. Each kind
// of request is taken once per connection, so no client can keep this stage busy.
import type { Socket } from "node:net";
import { createServer, type SecureContext, TLSSocket, type TlsOptions as TlsServerOptions } from "node:tls";
import { unreachable } from "../errors.ts";
import { decodeStartupPacket } from "../wire/decode.ts";
import { SilentClose } from "../wire/framing.ts";
import type { StartupMessage } from "../wire/frontend-message.ts";
import type { CancelKeys } from "./cancel-keys.ts";
import { serverEndPoint } from "./channel-binding.ts";
import type { MessageWriter } from "./message-writer.ts";
import { noUserName, tlsRequired, unencryptedDataAfter, unsupportedProtocol } from "./server-errors.ts";
import type { SocketInput } from "./socket-input.ts";

export interface TlsOptions {
  /** Asked for each connection, so that a renewed certificate holds for new ones. */
  readonly secureContext: () => SecureContext;
  readonly mode: "allow" | "require";
  /** Where client certificates are taken: which authorities sign them, and whether there has to be one. */
  readonly clientCertificates?: ClientCertificates | undefined;
  /** Whether SCRAM can be bound to the certificate: not where something in front of this server ends TLS. */
  readonly channelBinding: boolean;
}

export interface ClientCertificates {
  readonly mode: "accept" | "require";
  /** What a server with the certificate, the key and the authorities is made of. */
  readonly serverOptions: () => TlsServerOptions;
}

export interface StartupChannel {
  readonly socket: Socket;
  /** From now on this socket, TLS over the first one, is the one to close: its end is told inside TLS. */
  readonly useSocket: (socket: Socket) => void;
  readonly input: SocketInput;
  readonly writer: MessageWriter;
  readonly tls: TlsOptions | undefined;
  readonly cancelKeys: CancelKeys;
}

export interface StartedConnection {
  readonly isEncrypted: boolean;
  /** What SCRAM can be bound to, where it may be. */
  readonly endPoint: Buffer | undefined;
  readonly certificateName: string | undefined;
  readonly user: string;
  readonly database: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly secretKeyBytes: 4 | 32;
}

const tlsHandshakeByte = 0x16;
const minorVersionMax = 2;

const ALPNProtocols = ["postgresql"];

/** Undefined when the connection is over: the client is gone, or it was a cancel request. Throws FATAL, SilentClose. */
export async function startConnection(channel: StartupChannel): Promise<StartedConnection | undefined> {
  const { input, tls } = channel;
  const state: StartupState = {
    isEncrypted: false,
    endPoint: undefined,
    certificateName: undefined,
    isTlsAsked: false,
    isGssAsked: false,
  };
  if ((await input.firstByte()) === tlsHandshakeByte) {
    if (tls === undefined) throw new SilentClose("TLS is off");
    await secure(channel, state, tls, true);
  }
  for (;;) {
    const body = await input.startupPacket();
    if (body === undefined) return undefined;
    const packet = decodeStartupPacket(body);
    switch (packet.kind) {
      case "CancelRequest":
        // Taken without TLS too: older clients always send it so.
        channel.cancelKeys.cancel(packet.processId, packet.secretKey);
        return undefined;
      case "StartupMessage":
        if (packet.majorVersion === 1 || packet.majorVersion === 2) {
          refuseOldProtocol(channel.writer, packet);
          return undefined;
        }
        if (tls?.mode === "require" && !state.isEncrypted) throw tlsRequired();
        return negotiated(packet, channel.writer, state);
      case "GSSENCRequest":
        answerGssEncRequest(channel, state);
        break;
      case "SSLRequest":
        await answerSslRequest(channel, state);
        break;
      default:
        unreachable(packet);
    }
  }
}

interface StartupState {
  isEncrypted: boolean;
  endPoint: Buffer | undefined;
  certificateName: string | undefined;
  isTlsAsked: boolean;
  /** Or not to be asked for any more, inside TLS that was asked for. */
  isGssAsked: boolean;
}

function answerGssEncRequest(channel: StartupChannel, state: StartupState): void {
  if (state.isGssAsked) throw unsupportedProtocol(1234, 5680);
  state.isGssAsked = true;
  channel.writer.sendBytes(Buffer.from("N"));
  refuseBytesBehind(channel.input, "GSSAPI encryption");
}

async function answerSslRequest(channel: StartupChannel, state: StartupState): Promise<void> {
  if (state.isTlsAsked) throw unsupportedProtocol(1234, 5679);
  state.isTlsAsked = true;
  // What TLS has been since the first byte needs none inside it.
  const tls = state.isEncrypted ? undefined : channel.tls;
  if (tls === undefined) channel.writer.sendBytes(Buffer.from("N"));
  refuseBytesBehind(channel.input, "SSL");
  if (tls === undefined) return;
  state.isGssAsked = true;
  channel.writer.sendBytes(Buffer.from("S"));
  await secure(channel, state, tls, false);
}

/** Whoever sits between could have put them there, to be read as if they had come through TLS (CVE-2021-23214). */
function refuseBytesBehind(input: SocketInput, request: "SSL" | "GSSAPI encryption"): void {
  if (input.bufferedBytes > 0) throw unencryptedDataAfter(request);
}

/** `isDirect`: TLS from the first byte, where ALPN must be agreed on, so that no other protocol's bytes fit. */
async function secure(
  channel: StartupChannel,
  state: StartupState,
  tls: TlsOptions,
  isDirect: boolean,
): Promise<void> {
  const { input, socket, writer } = channel;
  const received = input.takeAll();
  input.detach();
  if (received.length > 0) socket.unshift(received);
  const secured = await handshake(socket, tls);
  if (isDirect && secured.alpnProtocol !== "postgresql") throw new SilentClose("no ALPN");
  input.attach(secured);
  writer.use(secured);
  channel.useSocket(secured);
  state.isEncrypted = true;
  if (tls.clientCertificates !== undefined) state.certificateName = commonNameOf(secured);
  const certificate = tls.channelBinding ? secured.getX509Certificate() : undefined;
  state.endPoint = certificate && serverEndPoint(certificate.raw);
}

/** Rejects with SilentClose. */
function handshake(socket: Socket, tls: TlsOptions): Promise<TLSSocket> {
  const { clientCertificates } = tls;
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new SilentClose("TLS handshake failed"));
    socket.once("close", fail);
    if (clientCertificates !== undefined) {
      // Only a server of node:tls says whether a client's certificate is signed by an authority; it listens nowhere.
      const server = createServer({
        ...clientCertificates.serverOptions(),
        ALPNProtocols,
        requestCert: true,
        rejectUnauthorized: false,
      });
      server.once("secureConnection", resolve);
      server.once("tlsClientError", fail);
      server.emit("connection", socket);
      return;
    }
    const secured = new TLSSocket(socket, {
      isServer: true,
      secureContext: tls.secureContext(),
      ALPNProtocols,
    });
    secured.once("secure", () => resolve(secured));
    secured.once("error", fail);
    secured.once("close", fail);
  });
}

/** Undefined for a certificate that no authority of ours has signed, as where there is none. */
function commonNameOf(secured: TLSSocket): string | undefined {
  if (!secured.authorized) return undefined;
  const name = secured.getPeerCertificate().subject?.CN;
  // Several names would leave open which one counts.
  return typeof name === "string" ? name : undefined;
}

/** In the form of protocol 2: a text that a client of that time can read. */
function refuseOldProtocol(writer: MessageWriter, packet: StartupMessage): void {
  const { severity, message } = unsupportedProtocol(packet.majorVersion, packet.minorVersion);
  writer.sendBytes(Buffer.from(`E${severity}:  ${message}\n\0`));
}

function negotiated(message: StartupMessage, writer: MessageWriter, state: StartupState): StartedConnection {
  const { majorVersion, minorVersion, parameters } = message;
  if (majorVersion !== 3) throw unsupportedProtocol(majorVersion, minorVersion);
  const unknownOptions = [...parameters.keys()].filter((name) => name.startsWith("_pq_."));
  const minor = Math.min(minorVersion, minorVersionMax);
  if (minorVersion > minorVersionMax || unknownOptions.length > 0) {
    writer.send({ kind: "NegotiateProtocolVersion", version: (3 << 16) | minor, unknownOptions });
  }
  const user = parameters.get("user") ?? "";
  if (user === "") throw noUserName();
  const database = parameters.get("database") ?? "";
  return {
    isEncrypted: state.isEncrypted,
    endPoint: state.endPoint,
    certificateName: state.certificateName,
    user,
    database: database === "" ? user : database,
    parameters,
    secretKeyBytes: minor >= 2 ? 32 : 4,
  };
}
