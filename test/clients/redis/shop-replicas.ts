// A small lens that any number of Lenswire servers serve, all with their limits in one Redis.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { writeOrders } from "../../support/orders-folder.ts";
import { type ServedDemo, serveFolder } from "../../support/served-demo.ts";

export interface ReplicaOptions {
  /** Lines of the section `limits`. */
  readonly limits: readonly string[];
  /** `rateLimits` of the groups, each with one user of the same name; undefined: none. */
  readonly groups: Readonly<Record<string, string | undefined>>;
  /** The environment of the replicas, beside the test's own: one for each of them. */
  readonly environments?: readonly Readonly<Record<string, string>>[];
}

export class ShopReplicas {
  readonly servers: readonly ServedDemo[];
  readonly #folder: string;
  readonly #clients: Client[] = [];

  private constructor(folder: string, servers: readonly ServedDemo[]) {
    this.#folder = folder;
    this.servers = servers;
  }

  /** Resolves when all of them listen. */
  static async start(options: ReplicaOptions, count = 2): Promise<ShopReplicas> {
    const folder = await mkdtemp(join(tmpdir(), "lenswire-replicas-"));
    await writeFiles(folder, options);
    const served = Array.from({ length: count }, (_, index) => {
      const auditFile = join(folder, "audit.jsonl");
      const config = join(folder, "config.yaml");
      const demo = { folder, database: "shop", config, auditFile, remove: async () => {} };
      return serveFolder(demo, options.environments?.[index]);
    });
    return new ShopReplicas(folder, await Promise.all(served));
  }

  /** A client of one of them. */
  async connect(replica: number, user: string): Promise<Client> {
    const { host, port, database } = this.servers[replica] as ServedDemo;
    const client = new Client({ host, port, database, user, password: user });
    client.on("error", () => {});
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  async get(replica: number, path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(`${this.servers[replica]?.adminUrl}${path}`, {
      headers: { authorization: "Bearer s3cret" },
    });
    return { status: response.status, body: await response.json() };
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.end().catch(() => {})));
    await Promise.all(this.servers.map(({ program }) => program.isRunning && program.stop()));
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** What a statement came to: its value, or its SQLSTATE and message. */
export async function outcomeOf(
  client: Client,
  sql = "SELECT MEASURE(amount) AS amount FROM orders",
): Promise<string> {
  try {
    const { rows } = await client.query(sql);
    return String(rows[0]?.amount);
  } catch (error) {
    const { code, message } = error as { readonly code: string; readonly message: string };
    return `${code} ${message}`;
  }
}

async function writeFiles(folder: string, { limits, groups }: ReplicaOptions): Promise<void> {
  const names = Object.keys(groups);
  const group = (name: string) => {
    const rates = groups[name];
    const rateLimits = rates === undefined ? "" : `, rateLimits: {${rates}}`;
    return `  - {name: ${name}, includes: ["roles:id:${name}"]${rateLimits}}\n`;
  };
  const files = {
    "config.yaml": `name: test
sources: [{name: shop, type: duckdb, path: ./shop.duckdb}]
lenses: [{name: shop, model: ./model}]
server: {port: 0}
admin: {port: 0, token: s3cret}
auth: {users: ./users.yml}
limits:
  queriesPerMinute: 1000000
  idleTimeout: 10m
${limits.map((line) => `  ${line}\n`).join("")}`,
    "users.yml": `users:\n${names.map((name) => `  - {name: ${name}, password: ${name}, groups: [${name}]}\n`).join("")}`,
    "model/user_groups.yml": `user_groups:\n${names.map(group).join("")}`,
  };
  await writeOrders(folder, files);
}
