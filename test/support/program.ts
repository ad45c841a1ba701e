// The built program as a child process: what it prints, when it ends, and with which code.
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const mainFile = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

/** Longer than any step takes, so that only a program that hangs reaches it. */
const waitMsMax = 60_000;

export interface ProgramEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<ProgramEnd>;
  readonly #watchers = new Set<() => void>();
  #isRunning = true;
  stdout = "";
  stderr = "";

  constructor(
    args: readonly string[],
    options: {
      readonly cwd?: string;
      readonly input?: string;
      /** Beside the test's own environment. */
      readonly environment?: Readonly<Record<string, string>>;
    } = {},
  ) {
    const input = options.input === undefined ? "ignore" : "pipe";
    this.#child = spawn(process.execPath, [mainFile, ...args], {
      cwd: options.cwd,
      env: { ...process.env, ...options.environment },
      stdio: [input, "pipe", "pipe"],
    });
    this.#child.stdin?.end(options.input);
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
      this.#tell();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      this.#tell();
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on("error", reject);
      this.#child.on("close", (code, signal) => {
        this.#isRunning = false;
        resolve({ code, signal });
        this.#tell();
      });
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The first match in what was printed so far or is printed next. Rejects when the program ends without it. */
  async printed(stream: "stdout" | "stderr", pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[stream]);
      if (match !== null) return match;
      if (!this.#isRunning) throw new Error(`ended without ${pattern}: ${this.stdout}${this.stderr}`);
      await this.#more(`it did not print ${pattern}`);
    }
  }

  async ended(): Promise<ProgramEnd> {
    while (this.#isRunning) await this.#more("it did not end");
    return this.#ended;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it by SIGTERM. Rejects when it ended by itself before. */
  async stop(): Promise<ProgramEnd> {
    if (!this.#isRunning) throw new Error(`it ended by itself: ${this.stdout}${this.stderr}`);
    this.kill("SIGTERM");
    return this.ended();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher();
  }

  #more(problem: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const watcher = () => {
        clearTimeout(timer);
        this.#watchers.delete(watcher);
        resolve();
      };
      const timer = setTimeout(() => {
        this.kill("SIGKILL");
        reject(new Error(`${problem}: ${this.stdout}${this.stderr}`));
      }, waitMsMax);
      this.#watchers.add(watcher);
    });
  }
}

/** Runs the program to its end. */
export async function runProgram(
  args: readonly string[],
  options: { readonly cwd?: string; readonly input?: string } = {},
): Promise<ProgramEnd & { readonly stdout: string; readonly stderr: string }> {
  const program = new Program(args, options);
  const end = await program.ended();
  return { ...end, stdout: program.stdout, stderr: program.stderr };
}
