// The thread that libpg-query runs in: its stack is larger than the main thread's, and it may be replaced.
import { parentPort } from "node:worker_threads";
import { loadModule } from "libpg-query";
import { parseText } from "./parse-text.ts";

await loadModule();
parentPort?.on("message", (text: string) => {
  const outcome = parseText(text);
  parentPort?.postMessage(outcome);
  if (outcome.kind === "tooDeep" && outcome.broken) parentPort?.close();
});
