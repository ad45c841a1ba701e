// Who may use the HTTP port.
import { createHash, timingSafeEqual } from "node:crypto";
import { BlockList, isIP } from "node:net";

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

export function isLoopback(address: string | undefined): boolean {
  if (address === undefined) return false;
  // A socket that listens on IPv6 shows IPv4 peers as ::ffff:127.0.0.1.
  const plain = address.startsWith("::ffff:") ? address.slice("::ffff:".length) : address;
  return isIP(plain) !== 0 && loopback.check(plain, isIP(plain) === 6 ? "ipv6" : "ipv4");
}

/** Says whether an Authorization header carries the token. Without a token nothing does. */
export function tokenMatcher(token: string | undefined): (authorization: string | undefined) => boolean {
  if (token === undefined || token === "") return () => false;
  const expected = digest(token);
  return (authorization) => {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
    // Digests have one length, so that the time of the comparison tells nothing of the token.
    return given !== undefined && timingSafeEqual(digest(given), expected);
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
