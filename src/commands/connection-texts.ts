// Where and as whom a client connects, as the texts and files that clients take. None of them holds a password.

export const sslModes = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"] as const;
/** In libpq's words, which JDBC and psqlODBC share. */
export type SslMode = (typeof sslModes)[number];

/** Names are free of what isWritableName() refuses. */
export interface ConnectionTarget {
  /** A name or an address; an IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly sslMode: SslMode;
}

/** Control characters and halves of characters have no place in a URI, in XML or in a line of text. */
export function isWritableName(name: string): boolean {
  return !/[\p{Control}\p{Surrogate}\ufffe\uffff]/u.test(name);
}

/** `postgresql://USER@HOST:PORT/DATABASE?sslmode=MODE` */
export function connectionUri(target: ConnectionTarget): string {
  const user = encodeURIComponent(target.user);
  const database = pathSegment(target.database, /%(?:24|26|2B|2C|3A|3B|3D|40)/g);
  return `postgresql://${user}@${address(target)}/${database}?sslmode=${target.sslMode}`;
}

/** For pgjdbc, and what is built on it: a plus sign that is not encoded is a space there. */
export function jdbcUrl(target: ConnectionTarget): string {
  const user = encodeURIComponent(target.user);
  const database = pathSegment(target.database, /%3A/g);
  return `jdbc:postgresql://${address(target)}/${database}?user=${user}&sslmode=${target.sslMode}`;
}

/**
 * Percent-encoded, but for characters that may stand in a path as they are: lenses have colons in their names, and not
 * every reader decodes the path wholly (SQLAlchemy 2.0 does not, node-postgres only in part).
 */
function pathSegment(name: string, plain: RegExp): string {
  return encodeURIComponent(name).replaceAll(plain, decodeURIComponent);
}

/** `HOST:PORT`, an IPv6 address in brackets. */
function address({ host, port }: ConnectionTarget): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** As the installer of psqlODBC for 64-bit Windows names it. */
const odbcDriver = "PostgreSQL Unicode(x64)";

/**
 * For psqlODBC. ODBC has braces for values with a semicolon, but psqlODBC takes braces round Database and Uid for a
 * part of the name: such a name goes into `pqopt`, whose braces it does remove, as a parameter of libpq.
 */
export function odbcString(target: ConnectionTarget): string {
  const plain = [
    ["Driver", braced(odbcDriver)],
    ["Server", target.host],
    ["Port", String(target.port)],
  ];
  const parameters: string[] = [];
  for (const [keyword, parameter, value] of [
    ["Database", "dbname", target.database],
    ["Uid", "user", target.user],
  ] as const) {
    if (value.includes(";") || value.startsWith("{")) parameters.push(`${parameter}=${libpqQuoted(value)}`);
    else plain.push([keyword, value]);
  }
  plain.push(["SSLmode", target.sslMode]);
  if (parameters.length > 0) plain.push(["pqopt", braced(parameters.join(" "))]);
  return plain.map(([keyword, value]) => `${keyword}=${value}`).join(";");
}

function braced(value: string): string {
  return `{${value.replaceAll("}", "}}")}}`;
}

function libpqQuoted(value: string): string {
  return `'${value.replaceAll(/[\\']/g, "\\$&")}'`;
}

/** A `.pbids` file: Power BI asks for user and password itself, and remembers whether to encrypt. */
export function powerBiSource(target: ConnectionTarget): string {
  const connection = {
    details: {
      protocol: "postgresql",
      address: { server: address(target), database: target.database },
    },
    options: {},
    mode: "DirectQuery",
  };
  return JSON.stringify({ version: "0.1", connections: [connection] }, undefined, 2);
}
