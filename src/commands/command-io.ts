// Where a command writes. Commands are functions from arguments to an exit code, so that tests can run them.
import type { Writable } from "node:stream";

export interface CommandIo {
  readonly stdout: Writable;
  readonly stderr: Writable;
}
