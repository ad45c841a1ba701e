// Where a PostgreSQL server is and how its connections are made secure, as libpq means the words.
import { readFile } from "node:fs/promises";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";

export interface PostgresTls {
  /**
   * disable: never. prefer: where the server has it. require: always. verify-ca: and the certificate must come from
   * `rootCert`. verify-full: and be for this host.
   */
  readonly mode: "disable" | "prefer" | "require" | "verify-ca" | "verify-full";
  /** A PEM file of the authorities that may have signed the server's certificate; `system`: those Node.js trusts. */
  readonly rootCert: string | undefined;
  /** PEM files of our own certificate and its key. */
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

export interface PostgresServer {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly password: string | undefined;
  readonly tls: PostgresTls;
  readonly connectTimeoutMs: number;
}

export function isUnixSocket(server: PostgresServer): boolean {
  return server.host.startsWith("/");
}

export function socketPath(server: PostgresServer): string {
  return `${server.host}/.s.PGSQL.${server.port}`;
}

/** How to begin TLS; undefined where it is not wanted. Files are read each time, so that renewed ones are used. */
export async function tlsOptions(server: PostgresServer): Promise<ConnectionOptions | undefined> {
  const { mode, rootCert, cert, key } = server.tls;
  if (mode === "disable" || isUnixSocket(server)) return undefined;
  const [ca, ownCert, ownKey] = await Promise.all(
    [rootCert === "system" ? undefined : rootCert, cert, key].map((file) =>
      file === undefined ? undefined : readFile(file),
    ),
  );
  // As libpq: whoever names an authority wants it asked, whatever the mode.
  const verifies = mode === "verify-ca" || mode === "verify-full" || rootCert !== undefined;
  return {
    ...(ca && { ca }),
    ...(ownCert && { cert: ownCert }),
    ...(ownKey && { key: ownKey }),
    rejectUnauthorized: verifies,
    checkServerIdentity:
      mode === "verify-full"
        ? (_asked, certificate) => checkServerIdentity(server.host, certificate)
        : () => undefined,
  };
}
