// A Redis that replicas count their limits in.

export interface RedisServer {
  readonly host: string;
  readonly port: number;
  readonly username: string | undefined;
  readonly password: string | undefined;
  /** The number of the database. */
  readonly database: number;
  /** undefined: no TLS. The certificate is verified, with this file's authorities (PEM) or those that Node.js trusts. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  /** What the names of all keys begin with. */
  readonly prefix: string;
  /** Milliseconds for an answer, and for a connection to be made anew before what needs it fails. */
  readonly timeoutMs: number;
}

export interface RedisStore extends RedisServer {
  /** Milliseconds for which a place is held for a replica that does not renew it. */
  readonly leaseMs: number;
}

/** A renewal may fail twice before its lease is over. */
export const renewalsPerLease = 3;
