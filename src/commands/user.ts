// `lenswire user`: asks for a password and prints an entry for users.yml that holds a verifier in its place.
import type { Readable, Writable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { stringify } from "yaml";
import { formatScramVerifier, makeScramVerifier } from "../config/scram-verifier.ts";
import { passwordBytesMax } from "../constants.ts";
import type { CommandIo } from "./command-io.ts";

export interface UserIo extends CommandIo {
  /** A terminal is switched to raw mode while the password is typed, so that it is not shown. */
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };
}

const usage = "usage: lenswire user NAME\n";

/** Exit code 0 when the entry is printed, 1 without a usable password, 2 for arguments that make no sense. */
export async function runUser(argv: readonly string[], io: UserIo): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "" || name.startsWith("-") || name.includes("\0") || rest.length > 0) {
    io.stderr.write(usage);
    return 2;
  }
  const password =
    io.stdin.isTTY === true ? await promptPassword(io, name) : firstLine(await readAll(io.stdin));
  if (password === undefined || password === "") {
    io.stderr.write("lenswire user: no password was given\n");
    return 1;
  }
  if (Buffer.byteLength(password) > passwordBytesMax) {
    io.stderr.write(`lenswire user: a password has at most ${passwordBytesMax} bytes\n`);
    return 1;
  }
  const scram = formatScramVerifier(await makeScramVerifier(password));
  io.stdout.write(stringify([{ name, groups: [], scram }], { lineWidth: 0 }));
  return 0;
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split(/\r?\n/, 1)[0];
}

/** undefined when there is more than any password has. */
async function readAll(stdin: Readable): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk as Uint8Array | string);
    bytes += part.length;
    chunks.push(part);
    // One byte more than the longest, so that a longer one is refused and not cut.
    if (part.includes(10) || bytes > passwordBytesMax) break;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Asks twice on a terminal; undefined when the two differ or the user gave up. */
async function promptPassword(io: UserIo, name: string): Promise<string | undefined> {
  const first = await promptHidden(io, `Password for ${name}: `);
  if (first === undefined || first === "") return undefined;
  const second = await promptHidden(io, "Again: ");
  if (first === second) return first;
  io.stderr.write("lenswire user: the passwords differ\n");
  return undefined;
}

const keys = {
  interrupt: "\u0003",
  endOfInput: "\u0004",
  backspace: "\u0008",
  delete: "\u007f",
  eraseLine: "\u0015",
};

function promptHidden(io: UserIo, question: string): Promise<string | undefined> {
  const { stdin, stderr } = io;
  stderr.write(question);
  stdin.setRawMode?.(true);
  return new Promise((resolve) => {
    let typed: readonly string[] = [];
    const finish = (answer: string | undefined): void => {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.pause();
      stdin.setRawMode?.(false);
      newLine(stderr);
      resolve(answer);
    };
    const onEnd = (): void => finish(undefined);
    const decoder = new StringDecoder("utf8");
    const onData = (chunk: Buffer | string): void => {
      for (const key of typeof chunk === "string" ? chunk : decoder.write(chunk)) {
        const given = key === "\r" || key === "\n";
        if (given || key === keys.interrupt || key === keys.endOfInput) {
          finish(given ? typed.join("") : undefined);
          return;
        }
        typed = edit(typed, key);
      }
    };
    stdin.on("data", onData);
    stdin.on("end", onEnd);
    stdin.resume();
  });
}

function edit(typed: readonly string[], key: string): readonly string[] {
  if (key === keys.backspace || key === keys.delete) return typed.slice(0, -1);
  if (key === keys.eraseLine) return [];
  // Other control keys are no part of a password.
  return key < " " ? typed : [...typed, key];
}

function newLine(stream: Writable): void {
  stream.write("\n");
}
