// The worker thread: keeps instances by key and answers one call at a time. Started from the build only.
import { parentPort, workerData } from "node:worker_threads";
import { analyseStatement } from "./analyse-statement.ts";
import { executeStatement, prepareExecution } from "./execute-statement.ts";
import { Instance, InstanceError } from "./instance.ts";
import { tooComplex } from "./postgres-errors.ts";
import { warmUp } from "./warm-up.ts";
import { limitInstanceMemory } from "./web-assembly.ts";
import type {
  OpenRequest,
  WorkerAnswer,
  WorkerCall,
  WorkerData,
  WorkerReply,
  WorkerRequest,
} from "./worker-protocol.ts";

const data = workerData as WorkerData;
const instances = new Map<string, Instance>();

async function openInstance({ key, ddl }: OpenRequest): Promise<WorkerAnswer> {
  const instance = await Instance.open(data);
  if (ddl !== "") await instance.run(ddl);
  const relations = await instance.run(
    "SELECT oid, relname FROM pg_catalog.pg_class " +
      "WHERE relnamespace = 'public'::pg_catalog.regnamespace AND relkind = 'r' ORDER BY oid",
  );
  const functions = await instance.run(
    "SELECT oid FROM pg_catalog.pg_proc WHERE pronamespace = 'pg_catalog'::pg_catalog.regnamespace " +
      "AND proname IN ('measure', 'agg', 'aggregate')",
  );
  // Said in words once, or the end of a transaction would not bring the session back from a caller's name to it.
  await instance.run("SET SESSION AUTHORIZATION postgres");
  // From here on the session is one that serves clients.
  await instance.run(
    "SET client_min_messages = log; SET debug_pretty_print = off; SET log_min_messages = panic; SET log_min_error_statement = panic",
  );
  await prepareExecution(instance);
  await warmUp(instance);
  instances.set(key, instance);
  return {
    kind: "opened",
    relations: relations.map(([oid, name]) => [Number(oid), name ?? ""] as const),
    measureFunctions: functions.map(([oid]) => Number(oid)),
  };
}

async function closeInstance(key: string): Promise<WorkerAnswer> {
  const instance = instances.get(key);
  instances.delete(key);
  await instance?.close();
  return { kind: "closed" };
}

function instanceOf(key: string): Instance {
  const instance = instances.get(key);
  if (instance === undefined) throw new TypeError("the instance is not open");
  return instance;
}

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  switch (request.kind) {
    case "open":
      return openInstance(request);
    case "close":
      return closeInstance(request.key);
    case "analyse":
      return analyseStatement(instanceOf(request.key), request);
    case "execute":
      return executeStatement(instanceOf(request.key), request);
    default:
      throw new TypeError(`not a request: ${JSON.stringify(request satisfies never)}`);
  }
}

function describeFailure(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
}

async function replyTo(call: WorkerCall): Promise<WorkerReply> {
  const { id, request } = call;
  try {
    return { kind: "answer", id, answer: await answer(request) };
  } catch (thrown) {
    if (thrown instanceof InstanceError) {
      if (thrown.fatal) instances.delete(request.key);
      return { kind: "error", id, error: thrown.error, closed: thrown.fatal };
    }
    instances.delete(request.key);
    if (thrown instanceof RangeError) return { kind: "error", id, error: tooComplex, closed: true };
    return { kind: "failure", id, failure: describeFailure(thrown) };
  }
}

function transferables(reply: WorkerReply): ArrayBuffer[] {
  if (reply.kind !== "answer") return [];
  const { answer: body } = reply;
  if (body.kind === "analysed" && body.tree !== undefined) return [body.tree.buffer as ArrayBuffer];
  return body.kind === "executed" ? [body.rowBytes.buffer as ArrayBuffer] : [];
}

const port = parentPort;
if (port === null) throw new TypeError("worker.ts is not started as a worker thread");
limitInstanceMemory(data.instanceBytesMax);
port.on("message", async (call: WorkerCall) => {
  const reply = await replyTo(call);
  port.postMessage(reply, transferables(reply));
});
