#!/usr/bin/env node
// The process: picks the command, turns signals into an orderly stop, and sets the exit code.
import { runAudit } from "./commands/audit.ts";
import { runCheck } from "./commands/check.ts";
import { runCompile } from "./commands/compile.ts";
import { runConnect } from "./commands/connect.ts";
import { runDemo } from "./commands/demo.ts";
import { runLineage } from "./commands/lineage.ts";
import { runServe } from "./commands/serve.ts";
import { runUser } from "./commands/user.ts";

const usage = `usage: lenswire COMMAND
  serve    runs the server
  check    loads the model and prints every problem
  compile  prints what the warehouse would run for a statement
  connect  prints how clients connect, for a lens and a user
  audit    answers questions to the audit files
  lineage  prints what members are computed from
  user     prints a users.yml entry with a SCRAM verifier
  demo     writes the demo warehouse
`;

/** How long threads of the warehouse may take to end after the command is done. */
const farewellMs = 5000;

async function run(argv: readonly string[]): Promise<number> {
  const [command, ...rest] = argv;
  const io = { stdout: process.stdout, stderr: process.stderr, stdin: process.stdin };
  switch (command) {
    case "serve":
      return runServe(rest, io, { stop: stopSignal(), onReload: onHangUp() });
    case "check":
      return runCheck(rest, io);
    case "compile":
      return runCompile(rest, io);
    case "connect":
      return runConnect(rest, io);
    case "audit":
      return runAudit(rest, io);
    case "lineage":
      return runLineage(rest, io);
    case "user":
      return runUser(rest, io);
    case "demo":
      return runDemo(rest, io);
    default:
      process.stderr.write(usage);
      return 2;
  }
}

/** Aborted by the first SIGTERM or SIGINT; the second one ends the process at once. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGTERM", "SIGINT"] as const)
    process.on(signal, () => {
      // An orderly exit waits for the threads that are inside the warehouse.
      if (stop.signal.aborted) process.kill(process.pid, "SIGKILL");
      stop.abort();
    });
  return stop.signal;
}

/** SIGHUP, from now on; one that comes before anybody listens is told to the first who does. */
function onHangUp(): (listener: () => void) => void {
  let tell: (() => void) | undefined;
  let isMissed = false;
  process.on("SIGHUP", () => {
    if (tell === undefined) isMissed = true;
    else tell();
  });
  return (listener) => {
    tell = listener;
    if (isMissed) listener();
  };
}

// A reader of our output may stop early (`lenswire check ... | head`): what it does not want is not written.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });

process.exitCode = await run(process.argv.slice(2));
// Everything is closed. A thread that DuckDB cannot be made to leave must not keep the process: it holds nothing that
// is still to be written.
setTimeout(() => process.kill(process.pid, "SIGKILL"), farewellMs).unref();
