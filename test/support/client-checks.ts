// What programs in other languages check, as tests: each program prints a line of JSON per check, is run against the
// demo lens and against a real PostgreSQL with the same relations and rows (lens-twin.ts), and has to get the same
// answers from both.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { startLensTwin } from "./lens-twin.ts";
import { certificateFile, type RealPostgres } from "./real-postgres.ts";
import { type ServedDemo, serveDemo } from "./served-demo.ts";

const execute = promisify(execFile);

/** Longer than any step takes, so that only a program that hangs reaches it. */
const installMsMax = 600_000;
const programMsMax = 180_000;
/** Answers are lines of JSON: every type and column of the catalog among them. */
const outputBytesMax = 64 * 1024 * 1024;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ClientProgram extends Command {
  /** The client and its version. */
  readonly client: string;
}

/** What one line says. */
interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What went wrong. */
  readonly detail?: string;
  /** What has to be the same from PostgreSQL. */
  readonly answer?: unknown;
}

type Target = Pick<RealPostgres, "host" | "port" | "user" | "password" | "database">;

export interface ClientSuite {
  /** Builds or installs what the programs need, outside the repository, and says what to run. */
  readonly install: () => Promise<readonly ClientProgram[]>;
  /** Removed at the end. */
  readonly folder: string;
}

/** Runs to its end and gives standard output. Rejects with what was printed when the exit code is not 0. */
export async function run(command: Command, msMax = installMsMax): Promise<string> {
  const { file, args, cwd, env } = command;
  try {
    const options = { cwd, env: { ...process.env, ...env }, timeout: msMax, maxBuffer: outputBytesMax };
    return (await execute(file, [...args], options)).stdout;
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(`${message}\n${stdout ?? ""}\n${stderr ?? ""}`);
  }
}

/** How a program is told where to go, and which of the two it meets. */
function environment(kind: "lens" | "postgres", target: Target): Record<string, string> {
  return {
    CHECK_SERVER: kind,
    // The certificate is for this name; both servers listen on 127.0.0.1.
    CHECK_HOST: "localhost",
    CHECK_PORT: String(target.port),
    CHECK_USER: target.user,
    CHECK_PASSWORD: target.password,
    CHECK_DATABASE: target.database,
    CHECK_AUTHORITY: certificateFile("authority.crt"),
    CHECK_OTHER_AUTHORITY: certificateFile("another-authority.crt"),
  };
}

async function checksOf(
  program: ClientProgram,
  kind: "lens" | "postgres",
  target: Target,
): Promise<readonly Check[]> {
  const env = { ...program.env, ...environment(kind, target) };
  const output = await run({ ...program, env }, programMsMax);
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line): Check => JSON.parse(line));
}

interface Answers {
  readonly client: string;
  readonly lens: readonly Check[];
  readonly postgres: readonly Check[];
}

async function collect({ install, folder }: ClientSuite): Promise<readonly Answers[]> {
  let demo: ServedDemo | undefined;
  let twin: RealPostgres | undefined;
  try {
    const programs = await install();
    const limits = ["queriesPerMinute: 100000", "catalogQueriesPerMinute: 100000"];
    demo = await serveDemo({ limits, rows: 5000, tls: true });
    twin = await startLensTwin(demo);
    const admin = { ...demo, user: "admin", password: "admin" };
    const answers: Answers[] = [];
    for (const program of programs) {
      answers.push({
        client: program.client,
        lens: await checksOf(program, "lens", admin),
        postgres: await checksOf(program, "postgres", twin),
      });
    }
    return answers;
  } finally {
    await twin?.stop();
    await demo?.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function testAnswers({ client, lens, postgres }: Answers): void {
  const expected = new Map(postgres.map((check) => [check.name, check]));
  describe(client, () => {
    test("the checks are the same against PostgreSQL", () => {
      expect(lens.length).toBeGreaterThan(0);
      expect(postgres.map(({ name }) => name)).toEqual(lens.map(({ name }) => name));
    });

    test.for(lens.map((check) => [check.name, check] as const))("%s", ([name, check]) => {
      const twin = expected.get(name);
      expect(twin?.ok, `against PostgreSQL: ${twin?.detail}`).toBe(true);
      expect(check.ok, check.detail).toBe(true);
      expect(check.answer).toEqual(twin?.answer);
    });
  });
}

/** One test for each check of each program. Awaited at the top of a test file: tests are named by what is checked. */
export async function testClients(suite: ClientSuite): Promise<void> {
  const answers = await collect(suite);
  for (const answer of answers) testAnswers(answer);
}
