// What a session can be told of the TLS that it runs in.
import type { Socket } from "node:net";
import { type Certificate, type PeerCertificate, TLSSocket } from "node:tls";
import type { TlsSession } from "../engine/session-options.ts";

/** Undefined for a socket that is not encrypted. */
export function tlsSessionOf(socket: Socket): TlsSession | undefined {
  if (!(socket instanceof TLSSocket)) return undefined;
  const { name: cipher } = socket.getCipher();
  const certificate = certificateOf(socket);
  return {
    version: socket.getProtocol() ?? "",
    cipher,
    bits: bitsOf(cipher),
    clientName: certificate && distinguishedName(certificate.subject),
    clientSerial: certificate && String(BigInt(`0x${certificate.serialNumber}`)),
    issuerName: certificate && distinguishedName(certificate.issuer),
  };
}

/** Node gives an object without keys where the client has shown none. */
function certificateOf(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerCertificate();
  return certificate?.serialNumber === undefined ? undefined : certificate;
}

/** Node does not tell; the names of the ciphers that it takes do. */
function bitsOf(cipher: string): number | undefined {
  if (/CHACHA20|256[-_](GCM|CCM|CBC|SHA)|AES256/.test(cipher)) return 256;
  return /128/.test(cipher) ? 128 : undefined;
}

/** As PostgreSQL prints it. */
function distinguishedName(name: Certificate): string {
  const parts = Object.entries(name).flatMap(([key, value]) =>
    [value ?? []].flat().map((each) => `/${key}=${each}`),
  );
  return parts.join("");
}
