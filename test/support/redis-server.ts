// A real Redis on loopback, in memory only: started, paused, killed and started again by the test that needs it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { Redis } from "ioredis";
import { vi } from "vitest";
import { certificateFile } from "./real-postgres.ts";

/** Longer than any step takes, so that only a Redis that hangs reaches it. */
const waitMsMax = 20_000;

export class RedisServer {
  readonly port: number;
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** Resolves when it answers. `args` as redis-server takes them. */
  static async start(args: readonly string[] = [], portOption = "--port"): Promise<RedisServer> {
    const port = await freePort();
    const ports = portOption === "--port" ? [] : ["--port", "0"];
    const server = new RedisServer(port, [...ports, portOption, `${port}`, ...args]);
    await server.startAgain();
    return server;
  }

  /** The same with TLS only, with the certificate for the host `localhost`. */
  static startWithTls(args: readonly string[] = []): Promise<RedisServer> {
    const tls = [
      ...["--tls-cert-file", certificateFile("localhost.crt")],
      ...["--tls-key-file", certificateFile("localhost.key")],
      ...["--tls-ca-cert-file", certificateFile("authority.crt")],
      ...["--tls-auth-clients", "no"],
    ];
    return RedisServer.start([...tls, ...args], "--tls-port");
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** On the same port, without anything that it knew. */
  async startAgain(): Promise<void> {
    const own = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"];
    this.#child = spawn("redis-server", [...own, ...this.#args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let printed = "";
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
    await vi.waitFor(() => {
      if (!printed.includes("Ready to accept connections")) throw new Error(`redis-server: ${printed}`);
    }, waitMsMax);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined) return;
    this.#child = undefined;
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  }

  /** It takes connections and questions, and answers none. */
  pause(): void {
    this.#child?.kill("SIGSTOP");
  }

  resume(): void {
    this.#child?.kill("SIGCONT");
  }

  /** A client of the test's own; to be disconnected by it. */
  client(): Redis {
    const client = new Redis({ host: "127.0.0.1", port: this.port, maxRetriesPerRequest: 0 });
    client.on("error", () => {});
    return client;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
