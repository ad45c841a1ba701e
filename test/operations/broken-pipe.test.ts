// A command whose reader stops early ends as it would have, without a word about the pipe.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type DemoFolder, makeDemoFolder } from "../support/served-demo.ts";

const mainFile = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

let demo: DemoFolder;
beforeAll(async () => {
  demo = await makeDemoFolder({ rows: 100 });
});
afterAll(() => demo?.remove());

test("compile, with nobody left to read what it prints", async () => {
  const args = ["compile", "--config", demo.config, "--user", "admin", "SELECT zone FROM customers"];
  const child = spawn(process.execPath, [mainFile, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  // Long before the program has anything to print.
  child.stdout.destroy();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const [code] = await once(child, "close");
  expect(said).not.toContain("EPIPE");
  expect(code).toBe(0);
});
