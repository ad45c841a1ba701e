// Apache Superset, installed from PyPI into a folder of its own and served on loopback, and its REST interface.
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../support/client-checks.ts";

const name = "admin";
/** Longer than Superset takes to start on a busy machine. */
const startMsMax = 180_000;

export interface Superset {
  readonly url: string;
  /** The session's, as a browser sends them. */
  readonly cookies: readonly { readonly name: string; readonly value: string }[];
  /** An answer of the REST interface. Rejects with what it says where it is no success. */
  ask(method: "GET" | "POST", path: string, body?: unknown): Promise<Record<string, unknown>>;
  stop(): Promise<void>;
}

export async function startSuperset(): Promise<Superset> {
  const folder = await mkdtemp(join(tmpdir(), "lenswire-superset-"));
  const env = {
    SUPERSET_HOME: folder,
    SUPERSET_CONFIG_PATH: join(import.meta.dirname, "superset_config.py"),
    SUPERSET_SECRET_KEY: randomBytes(32).toString("hex"),
    FLASK_APP: "superset",
    PYTHONDONTWRITEBYTECODE: "1",
  };
  let server: ChildProcess | undefined;
  const stop = async () => {
    if (server !== undefined && server.exitCode === null) {
      server.kill();
      await once(server, "exit");
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await install(folder);
    const superset = (...args: readonly string[]) => ({ file: join(folder, "bin", "superset"), args, env });
    const account = ["--username", name, "--password", name, "--email", "admin@example.com"];
    await run(superset("db", "upgrade"));
    await run(superset("fab", "create-admin", ...account, "--firstname", "Ada", "--lastname", "Admin"));
    await run(superset("init"));
    const port = await freePort();
    const { file, args } = superset("run", "-h", "127.0.0.1", "-p", String(port), "--without-threads");
    server = spawn(file, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
    await printed(server, "Running on");
    return { ...(await logIn(`http://127.0.0.1:${port}`)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function install(folder: string): Promise<void> {
  await run({ file: "python3", args: ["-m", "venv", folder] });
  const requirements = join(import.meta.dirname, "requirements.txt");
  const args = ["-m", "pip", "install", "-q", "--no-deps", "-r", requirements];
  await run({ file: join(folder, "bin", "python"), args });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  server.close();
  await once(server, "close");
  return address.port;
}

/** Resolves when the text stands on standard error; what comes after it is read away. */
async function printed(server: ChildProcess, text: string): Promise<void> {
  let output = "";
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no start:\n${output}`)), startMsMax);
    server.stderr?.on("data", (chunk: Buffer) => {
      if (output.includes(text)) return;
      output += chunk.toString("utf8");
      if (!output.includes(text)) return;
      clearTimeout(timer);
      resolve();
    });
    server.once("exit", () => reject(new Error(`Superset ended:\n${output}`)));
  });
}

async function logIn(url: string): Promise<Omit<Superset, "stop">> {
  const answer = await fetch(`${url}/login/`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ username: name, password: name }),
  });
  const cookies = answer.headers.getSetCookie().map((cookie) => {
    const [pair = ""] = cookie.split(";");
    const at = pair.indexOf("=");
    return { name: pair.slice(0, at), value: pair.slice(at + 1) };
  });
  const cookie = cookies.map((each) => `${each.name}=${each.value}`).join("; ");
  return {
    url,
    cookies,
    async ask(method, path, body) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { "content-type": "application/json", cookie },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return JSON.parse(text);
    },
  };
}
