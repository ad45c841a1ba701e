// Channel binding of the kind tls-server-end-point (RFC 5929): a hash of our certificate, which a client that talks to
// somebody in between would not have seen.
import { createHash } from "node:crypto";

/**
 * The hash that belongs to a signature algorithm; for MD5 and SHA-1 it is SHA-256. Algorithms that have none of their
 * own, such as Ed25519, define no end point. By the OID's bytes in hexadecimal digits.
 */
const hashes: ReadonlyMap<string, string> = new Map([
  // RSA: md5, sha1, sha224, sha256, sha384, sha512
  ["2a864886f70d010104", "sha256"],
  ["2a864886f70d010105", "sha256"],
  ["2a864886f70d01010e", "sha224"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  // ECDSA: sha1, sha224, sha256, sha384, sha512
  ["2a8648ce3d0401", "sha256"],
  ["2a8648ce3d040301", "sha224"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
]);

/** RSASSA-PSS names its hash in its parameters. */
const pssOid = "2a864886f70d01010a";
const hashOids: ReadonlyMap<string, string> = new Map([
  ["2b0e03021a", "sha256"],
  ["608648016503040204", "sha224"],
  ["608648016503040201", "sha256"],
  ["608648016503040202", "sha384"],
  ["608648016503040203", "sha512"],
]);

/** What a client has to have seen of a certificate in DER; undefined where its algorithm defines nothing. */
export function serverEndPoint(certificate: Uint8Array): Buffer | undefined {
  const hash = signatureHash(Buffer.from(certificate));
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest();
}

/** A certificate is a sequence of what is signed, the signature's algorithm, and the signature. */
function signatureHash(certificate: Buffer): string | undefined {
  const whole = element(certificate, 0);
  const signed = whole && element(certificate, whole.start);
  const algorithm = signed && element(certificate, signed.end);
  const oid = algorithm && element(certificate, algorithm.start);
  if (oid === undefined) return undefined;
  const name = certificate.toString("hex", oid.start, oid.end);
  return name === pssOid ? pssHash(certificate.subarray(oid.end, algorithm?.end)) : hashes.get(name);
}

/** The first of the parameters, [0], is a sequence that begins with the hash's OID; without it the hash is SHA-1. */
function pssHash(bytes: Buffer): string | undefined {
  const parameters = element(bytes, 0);
  const first = parameters && element(bytes, parameters.start);
  if (first === undefined || bytes[parameters?.start ?? 0] !== 0xa0) return "sha256";
  const algorithm = element(bytes, first.start);
  const oid = algorithm && element(bytes, algorithm.start);
  return oid && hashOids.get(bytes.toString("hex", oid.start, oid.end));
}

/** Where the content of the DER element at a place begins and ends. */
function element(bytes: Buffer, at: number): { readonly start: number; readonly end: number } | undefined {
  const short = bytes[at + 1];
  if (short === undefined) return undefined;
  const lengthBytes = short < 0x80 ? 0 : short & 0x7f;
  const start = at + 2 + lengthBytes;
  if (lengthBytes > 4 || start > bytes.length) return undefined;
  const length = lengthBytes === 0 ? short : bytes.readUIntBE(at + 2, lengthBytes);
  return start + length > bytes.length ? undefined : { start, end: start + length };
}
