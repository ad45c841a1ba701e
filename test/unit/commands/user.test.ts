import { PassThrough, Readable } from "node:stream";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { runUser, type UserIo } from "../../../src/commands/user.ts";
import {
  formatScramVerifier,
  makeScramVerifier,
  parseScramVerifier,
} from "../../../src/config/scram-verifier.ts";

function collect(): { stream: PassThrough; text: () => string } {
  const stream = new PassThrough();
  let text = "";
  stream.on("data", (chunk) => {
    text += String(chunk);
  });
  return { stream, text: () => text };
}

async function run(argv: string[], stdin: UserIo["stdin"]) {
  const [out, err] = [collect(), collect()];
  const code = await runUser(argv, { stdout: out.stream, stderr: err.stream, stdin });
  return { code, out: out.text(), err: err.text() };
}

async function isFor(entry: string, name: string, password: string): Promise<void> {
  const [user] = parse(entry) as [{ name: string; scram: string }];
  expect(user.name).toBe(name);
  const verifier = parseScramVerifier(user.scram);
  if (verifier === undefined) throw new Error("no verifier");
  const again = await makeScramVerifier(password, verifier.iterations, verifier.salt);
  expect(formatScramVerifier(again)).toBe(user.scram);
}

test("prints an entry for users.yml with a verifier of the first line of stdin", async () => {
  const { code, out, err } = await run(["mira"], Readable.from(["pässword\nmore\n"]));
  expect([code, err]).toEqual([0, ""]);
  await isFor(out, "mira", "pässword");
});

test("asks twice on a terminal, shows nothing of what is typed, and knows backspace", async () => {
  const raw: boolean[] = [];
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: (on: boolean) => raw.push(on) });
  stdin.write("secrex\u007ft\r");
  const running = run(["mira"], stdin);
  setImmediate(() => stdin.write("secret\r"));
  const { code, out, err } = await running;
  expect(code).toBe(0);
  expect(err).toBe("Password for mira: \nAgain: \n");
  expect(raw).toEqual([true, false, true, false]);
  await isFor(out, "mira", "secret");
});

test("gives up where the two passwords differ", async () => {
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  stdin.write("one\r");
  const running = run(["mira"], stdin);
  setImmediate(() => stdin.write("two\r"));
  expect(await running).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining("the passwords differ"),
  });
});

test.each([
  [["mira"], "", 1, "no password was given"],
  [["mira"], `${"x".repeat(70_000)}\n`, 1, "at most 65535 bytes"],
  [[], "x\n", 2, "usage: lenswire user NAME"],
  [["a", "b"], "x\n", 2, "usage: lenswire user NAME"],
  [["--help"], "x\n", 2, "usage: lenswire user NAME"],
])("%j with %# ends with its code and a reason", async (argv, input, code, reason) => {
  expect(await run(argv, Readable.from([input]))).toMatchObject({
    code,
    out: "",
    err: expect.stringContaining(reason),
  });
});
