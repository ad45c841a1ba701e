// The HTTP port: whether the server lives, whether it can serve, what it counts. Everything else needs the token.
import type { AddressInfo } from "node:net";
import { type FastifyInstance, fastify } from "fastify";
import type { Metrics } from "../observe/metrics.ts";
import { isLoopback, tokenMatcher } from "./admin-access.ts";

export interface Readiness {
  readonly ready: boolean;
  /** What is not ready, in words for an operator: no values, no secrets. */
  readonly waitingFor: readonly string[];
}

export interface AdminOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** undefined: what needs a token is closed to everybody. */
  readonly token: string | undefined;
  readonly metrics: Metrics;
  /**
   * Asked at each /ready; `signal` aborts when the answer comes too late to be of use. What it rejects with is not
   * shown.
   */
  readonly readiness: (signal: AbortSignal) => Promise<Readiness>;
  /** Reads models, users and certificates anew, and serves them if all are good. */
  readonly reload: () => Promise<ReloadResult>;
}

export interface ReloadResult {
  readonly done: boolean;
  /** `FILE:LINE:COL: message`; warnings too. */
  readonly problems: readonly string[];
}

export interface AdminServer {
  readonly host: string;
  readonly port: number;
  close(): Promise<void>;
}

/** Kubernetes asks every 10 s and waits 1 s unless told otherwise. */
const readinessTimeoutMs = 900;

/** No endpoint here takes a body worth more. */
const bodyBytesMax = 64 * 1024;

const requestTimeoutMs = 10_000;

/** What loopback may ask without a token. */
const openPaths: ReadonlySet<string> = new Set(["/health", "/ready", "/metrics"]);

/** Listens. Rejects when the port is taken. */
export async function startAdminServer(options: AdminOptions): Promise<AdminServer> {
  const server = fastify({
    bodyLimit: bodyBytesMax,
    requestTimeout: requestTimeoutMs,
    connectionTimeout: requestTimeoutMs,
    forceCloseConnections: true,
    // Anybody could send it: an address that it names must never count as loopback.
    trustProxy: false,
  });
  guard(server, options.token);
  serveState(server, options);
  serveReload(server, options);
  server.setNotFoundHandler((_, reply) =>
    reply.code(404).send(problem("NOT_FOUND", "there is nothing at this address")),
  );
  server.setErrorHandler((error: { readonly statusCode?: number }, _, reply) => {
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    return reply
      .code(status)
      .send(status === 500 ? problem("INTERNAL", "internal error") : problem("BAD_REQUEST", "bad request"));
  });
  await server.listen({ host: options.host, port: options.port });
  const { address, port } = server.server.address() as AddressInfo;
  return { host: address, port, close: () => server.close() };
}

function guard(server: FastifyInstance, token: string | undefined): void {
  const isToken = tokenMatcher(token);
  // onRequest comes before routing's answer, so that a 404 tells a stranger nothing.
  server.addHook("onRequest", async (request, reply) => {
    const path = request.url.split("?", 1)[0] ?? "";
    if (openPaths.has(path) && isLoopback(request.socket.remoteAddress)) return;
    if (isToken(request.headers.authorization)) return;
    await reply
      .code(401)
      .header("www-authenticate", "Bearer")
      .send(problem("UNAUTHORIZED", "this needs the admin token"));
  });
}

function serveState(server: FastifyInstance, { metrics, readiness }: AdminOptions): void {
  server.get("/health", async () => ({ status: "ok" }));
  server.get("/ready", async (_, reply) => {
    const { ready, waitingFor } = await askInTime(readiness);
    if (ready) return { status: "ready" };
    return reply.code(503).send({ status: "not ready", waitingFor });
  });
  server.get("/metrics", async (_, reply) => reply.type(metrics.contentType).send(await metrics.render()));
}

function serveReload(server: FastifyInstance, { reload }: AdminOptions): void {
  server.post("/v1/reload", async (request, reply) => {
    // The answer takes as long as the warehouses need to tell their types.
    request.raw.socket.setTimeout(0);
    const { done, problems } = await reload();
    if (done) return { status: "reloaded", problems };
    const { error } = problem("NOT_RELOADED", "what was served before is still served");
    return reply.code(422).send({ error: { ...error, problems } });
  });
}

async function askInTime(readiness: AdminOptions["readiness"]): Promise<Readiness> {
  const tooLate = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Readiness>((resolve) => {
    timer = setTimeout(() => {
      tooLate.abort();
      resolve({ ready: false, waitingFor: ["an answer in time"] });
    }, readinessTimeoutMs);
  });
  const answer = readiness(tooLate.signal).catch(() => ({
    ready: false,
    waitingFor: ["the readiness check"],
  }));
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function problem(code: string, message: string) {
  return { error: { code, message } };
}
