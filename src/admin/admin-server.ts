// The HTTP port: whether the server lives, whether it can serve, what it counts. Everything else needs the token.
import type { AddressInfo } from "node:net";
import { type FastifyError, type FastifyInstance, fastify } from "fastify";
import type { EmitEvent } from "../events.ts";
import type { Metrics } from "../observe/metrics.ts";
import { activityRoute } from "./activity-route.ts";
import { isLoopback, tokenMatcher } from "./admin-access.ts";
import { AdminProblem } from "./admin-problem.ts";
import type { AdminRoute } from "./admin-route.ts";
import type { AdminSources } from "./admin-sources.ts";
import { auditRoutes } from "./audit-routes.ts";
import { dashboardPaths, serveDashboard } from "./dashboard.ts";
import { lensRoutes } from "./lens-routes.ts";
import { limitRoute } from "./limit-route.ts";
import { openApiOf } from "./openapi.ts";
import { reloadRoute } from "./reload-route.ts";
import { sessionRoutes } from "./session-routes.ts";

export interface Readiness {
  readonly ready: boolean;
  /** What is not ready, in words for an operator: no values, no secrets. */
  readonly waitingFor: readonly string[];
  /** What it does without meanwhile, as it is configured to. */
  readonly without?: readonly string[];
}

export interface AdminOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** undefined: what needs a token is closed to everybody. */
  readonly token: string | undefined;
  readonly metrics: Metrics;
  readonly emit: EmitEvent;
  /**
   * Asked at each /ready; `signal` aborts when the answer comes too late to be of use. What it rejects with is not
   * shown.
   */
  readonly readiness: (signal: AbortSignal) => Promise<Readiness>;
  readonly sources: AdminSources;
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

/** Milliseconds for planning a statement that is explained. */
const answerTimeoutMs = 30_000;

const lensNameLengthMax = 500;

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
    // An unknown key is a mistake to be told, not to be dropped.
    ajv: { customOptions: { removeAdditional: false } },
    routerOptions: { maxParamLength: lensNameLengthMax },
  });
  guard(server, options.token);
  serveDashboard(server);
  serveState(server, options);
  serveRoutes(server, options.sources);
  server.setNotFoundHandler((_, reply) =>
    reply.code(404).send(problem("NOT_FOUND", "there is nothing at this address")),
  );
  server.setErrorHandler((error: FastifyError | AdminProblem, _, reply) => {
    if (error instanceof AdminProblem) return reply.code(error.status).send(error.body);
    const status = error.statusCode !== undefined && error.statusCode < 500 ? error.statusCode : 500;
    if (status === 500) {
      options.emit({ kind: "internalError", error, where: "HTTP port" });
      return reply.code(status).send(problem("INTERNAL", "internal error"));
    }
    // What validation says names keys and what they should be, no values.
    const message = error.validation === undefined ? "bad request" : error.message;
    return reply.code(status).send(problem("BAD_REQUEST", message));
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
    if (dashboardPaths.includes(path)) return;
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
    const { ready, waitingFor, without = [] } = await askInTime(readiness);
    if (ready) return { status: "ready", ...(without.length > 0 && { without }) };
    return reply.code(503).send({ status: "not ready", waitingFor });
  });
  server.get("/metrics", async (_, reply) => reply.type(metrics.contentType).send(await metrics.render()));
}

function serveRoutes(server: FastifyInstance, sources: AdminSources): void {
  const routes: AdminRoute[] = [
    ...sessionRoutes(sources),
    ...lensRoutes(sources),
    ...auditRoutes(sources),
    limitRoute(sources),
    activityRoute(sources),
    reloadRoute(sources),
  ];
  routes.push({
    method: "GET",
    url: "/v1/openapi.json",
    summary: "This document",
    answer: { type: "object", additionalProperties: true },
    handle: async () => openApiOf(routes),
  });
  for (const route of routes) serveRoute(server, route);
}

function serveRoute(server: FastifyInstance, route: AdminRoute): void {
  const { method, url, params, query, body, answer, handle } = route;
  server.route({
    method,
    url,
    schema: {
      ...(params && { params }),
      ...(query && { querystring: query }),
      ...(body && { body }),
      response: { 200: answer },
    },
    async handler(request, reply) {
      // What is asked for may take longer than a client may be silent; it is given up when the client is gone.
      request.raw.socket.setTimeout(0);
      const gone = new AbortController();
      reply.raw.once("close", () => gone.abort());
      return handle({
        params: request.params as Record<string, unknown>,
        query: request.query as Record<string, unknown>,
        body: (request.body ?? {}) as Record<string, unknown>,
        clientAddress: request.socket.remoteAddress ?? "",
        signal: AbortSignal.any([gone.signal, AbortSignal.timeout(answerTimeoutMs)]),
      });
    },
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
