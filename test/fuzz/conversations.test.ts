// Random conversations: this server says what a real PostgreSQL says, however its client's bytes are cut into pieces.
import fc from "fast-check";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type LensServer, startLensServer } from "../protocol/lens-server.ts";
import { PostgresQueryEngine } from "../protocol/postgres-query-engine.ts";
import { RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { type RealPostgres, startRealPostgres } from "../support/real-postgres.ts";
import { type ClientMessage, conversation, sendMessage } from "./random-conversation.ts";
import { RememberingEngine } from "./remembering-engine.ts";
import { runsOf, seedOf } from "./runs.ts";

const testMsMax = 240_000;

let postgres: RealPostgres;
let lens: LensServer;

beforeAll(async () => {
  postgres = await startRealPostgres();
  // A login costs what its iterations cost, and each conversation has one.
  const client = new pg.Client(postgres);
  await client.connect();
  await client.query("SET scram_iterations = 1");
  await client.query("ALTER USER tester PASSWORD 'secret'");
  await client.end();
  lens = await startLensServer({ queries: new RememberingEngine(new PostgresQueryEngine(postgres)) });
});

afterAll(async () => {
  await lens?.stop();
  await postgres?.stop();
});

type Server = Pick<RealPostgres, "host" | "port" | "user" | "password" | "database">;

/** What counts of an answer: all but where in the server's source an error was raised, and details in words. */
function skeleton(message: RawMessage): string {
  const { severityPlain, routine, detail, hint, ...rest } = message;
  if (isAboutLostPortal(rest)) return "the portal, or the transaction, is lost";
  if (rest.type === "RowDescription") {
    const columns = (rest["columns"] as Record<string, unknown>[]).map(({ tableOid, ...column }) => column);
    return JSON.stringify({ ...rest, columns });
  }
  return JSON.stringify(rest);
}

/**
 * Differs from PostgreSQL, which keeps the portals of a failed transaction until its end, that of a failed Query too, and
 * finds that they cannot be used; here they are gone.
 */
function isAboutLostPortal({ message, code }: Record<string, unknown>): boolean {
  // FETCH from a portal of a statement without rows is a fault of PostgreSQL's own (XX000) there.
  if (message === "unsupported portal strategy") return true;
  return code === "25P02" || /^portal ".*" (does not exist|cannot be run)$/.test(String(message));
}

/** Parameters that the two servers report alike, in an order that counts for nobody. */
function inOrder(skeletons: readonly string[]): string[] {
  const isReport = (text: string): boolean => text.includes('"ParameterStatus"');
  const ordered: string[] = [];
  let reports: string[] = [];
  for (const text of skeletons) {
    if (isReport(text)) reports.push(text);
    else {
      ordered.push(...reports.sort(), text);
      reports = [];
    }
  }
  return [...ordered, ...reports.sort()];
}

async function answersOf(
  server: Server,
  messages: readonly ClientMessage[],
  cut?: (bytes: Buffer) => readonly Buffer[],
): Promise<string[]> {
  const client = await RawClient.connect(server.host, server.port);
  try {
    await client.login(server);
    const write = client.sendBytes.bind(client);
    if (cut !== undefined) {
      const whole: Uint8Array[] = [];
      client.sendBytes = (bytes) => void whole.push(bytes);
      for (const message of messages) sendMessage(client, message);
      client.sendMessage("X");
      for (const piece of cut(Buffer.concat(whole))) {
        write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
    } else {
      for (const message of messages) sendMessage(client, message);
      client.sendMessage("X");
    }
    return inOrder((await client.until("closed")).map(skeleton));
  } finally {
    client.destroy();
  }
}

it(
  "says what PostgreSQL says to any sequence of messages",
  async () => {
    await fc.assert(
      fc.asyncProperty(conversation, async (messages) => {
        const [expected, actual] = await Promise.all([
          answersOf(postgres, messages),
          answersOf(lens, messages),
        ]);
        expect(actual).toEqual(expected);
      }),
      {
        seed: seedOf("conversations"),
        numRuns: runsOf(250),
      },
    );
  },
  testMsMax,
);

it(
  "says the same however the bytes are cut into pieces",
  async () => {
    const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(conversation, pieces, async (messages, sizes) => {
        const whole = await answersOf(lens, messages);
        expect(await answersOf(lens, messages, (bytes) => cutInto(bytes, sizes))).toEqual(whole);
      }),
      { seed: seedOf("pieces"), numRuns: runsOf(60) },
    );
  },
  testMsMax,
);

/** Pieces of these sizes, again and again. */
function cutInto(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += cut.at(-1)?.length ?? 1)
    cut.push(bytes.subarray(at, at + (sizes[cut.length % sizes.length] as number)));
  return cut;
}
