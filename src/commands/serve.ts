// `lenswire serve`: runs the server until a signal ends it.
import { parseArgs } from "node:util";
import { type App, startApp } from "../app.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load-config.ts";
import { loadUsers } from "../config/load-users.ts";
import { createLogger, logEvents } from "../observe/logger.ts";
import { openLenses } from "../open-lenses.ts";
import { formatProblem, hasErrors, type Problem } from "../problem.ts";
import { fingerprintOf } from "../reload/file-watch.ts";
import { checkUserAttributes } from "./check-attributes.ts";
import type { CommandIo } from "./command-io.ts";
import { filesReader, modelsOf, watchedPaths } from "./read-anew.ts";
import { showFile } from "./show-file.ts";
import { TlsFiles } from "./tls-files.ts";

const usage = "usage: lenswire serve --config FILE [--port N] [--admin-port N] [--host A]\n";

interface ServeRequest {
  readonly config: string;
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly adminPort: number | undefined;
}

export interface ServeSignals {
  /** Aborted when the server is to stop. */
  readonly stop: AbortSignal;
  /** Takes whom to tell that files are to be read again; one that was asked for before is told at once. */
  onReload(listener: () => void): void;
}

/**
 * Resolves with the exit code after `signals.stop` is aborted and the running statements are done: 0, or 1 for a configuration
 * or model with problems or a port that cannot be had, 2 for arguments that make no sense.
 */
export async function runServe(
  argv: readonly string[],
  io: CommandIo,
  signals: ServeSignals,
): Promise<number> {
  const request = readRequest(argv);
  if (typeof request === "string") {
    io.stderr.write(`lenswire serve: ${request}\n${usage}`);
    return 2;
  }
  const { stop } = signals;
  const app = await start(request, io, stop);
  if (app === undefined) return 1;
  signals.onReload(() => void app.reload("signal"));
  const { address, admin } = app;
  io.stdout.write(
    `lenswire ready: postgres://${urlHost(address.host)}:${address.port} admin http://${urlHost(admin.host)}:${admin.port}\n`,
  );
  if (!stop.aborted)
    await new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
  await app.close();
  return 0;
}

async function start(request: ServeRequest, io: CommandIo, signal: AbortSignal): Promise<App | undefined> {
  const report = (problems: readonly Problem[]) => {
    for (const problem of problems) io.stderr.write(`${formatProblem(problem, showFile)}\n`);
  };
  const loaded = await loadConfig(request.config);
  report(loaded.problems);
  if (loaded.config === undefined) return undefined;
  const config = withArguments(loaded.config, request);
  const fail = (error: unknown) => {
    io.stderr.write(`lenswire serve: ${error instanceof Error ? error.message : String(error)}\n`);
    return undefined;
  };
  const opening = await openTls(config).catch(fail);
  if (opening === undefined) return undefined;
  const tls = opening === "off" ? undefined : opening;
  const paths = watchedPaths(config, tls);
  const seen = await fingerprintOf(paths);
  const users = config.auth.users === undefined ? undefined : await loadUsers(config.auth.users);
  report(users?.problems ?? []);
  if (hasErrors(users?.problems ?? [])) return undefined;
  const onEvent = logEvents(createLogger());
  const opened = await openLenses(config, { emit: onEvent, signal });
  const found = checkUserAttributes(users?.users?.values() ?? [], modelsOf(opened.lenses));
  report([...opened.problems, ...found]);
  if (opened.lenses === undefined || hasErrors(found)) {
    for (const warehouse of opened.warehouses) await warehouse.close();
    return undefined;
  }
  try {
    return await startApp({
      config,
      lenses: opened.lenses,
      sources: opened.sources,
      users: users?.users ?? new Map(),
      tls: tls?.options,
      readAnew: filesReader(config, { sources: opened.sources, tls }),
      watched: config.server.watch ? { paths, seen } : undefined,
      onEvent,
    });
  } catch (error) {
    for (const warehouse of opened.warehouses) await warehouse.close();
    return fail(error);
  }
}

async function openTls({ server: { tls } }: Config): Promise<TlsFiles | "off"> {
  return tls === undefined || tls.mode === "off" ? "off" : TlsFiles.open(tls);
}

function withArguments(config: Config, request: ServeRequest): Config {
  const host = request.host ?? config.server.host;
  return {
    ...config,
    server: { ...config.server, host, port: request.port ?? config.server.port },
    admin: { ...config.admin, port: request.adminPort ?? config.admin.port },
  };
}

function readRequest(argv: readonly string[]): ServeRequest | string {
  try {
    const options = {
      config: { type: "string" },
      port: { type: "string" },
      "admin-port": { type: "string" },
      host: { type: "string" },
    } as const;
    const { values } = parseArgs({ args: [...argv], options, strict: true });
    if (values.config === undefined) return "--config is missing";
    return {
      config: values.config,
      host: values.host,
      port: readPort("--port", values.port),
      adminPort: readPort("--admin-port", values["admin-port"]),
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function readPort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535) throw new RangeError(`${option} wants a number from 0 to 65535`);
  return port;
}

function urlHost(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
