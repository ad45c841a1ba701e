// A client that sends what Npgsql 9 sends, message for message and in the same writes, and keeps every answer. Made from
// what its documentation and captures of its traffic show: .NET is not needed to run it.
import { connect as connectTls } from "node:tls";
import { cString, int32, RawClient, type RawMessage } from "../protocol/raw-client.ts";
import type { RealPostgres } from "./real-postgres.ts";

export type Target = Pick<RealPostgres, "host" | "port" | "user" | "password" | "database">;

export interface NpgsqlOptions {
  /** With TLS, the server's certificate not asked for: SSL Mode=Require. */
  readonly tls?: boolean;
  /** GSS Encryption Mode=Prefer: asked for first, and refused. */
  readonly gss?: boolean;
  /** More of the start-up message. */
  readonly parameters?: Readonly<Record<string, string>>;
}

/** A parameter: its type and its binary value, as it is read from a result. */
export interface NpgsqlParameter {
  readonly type: number;
  readonly value: string | null;
}

export interface NpgsqlStatement {
  readonly text: string;
  readonly parameters?: readonly NpgsqlParameter[];
  /** Prepared under this name before. */
  readonly prepared?: string;
}

const requests = { tls: 80_877_103, gss: 80_877_104, cancel: 80_877_102 };
/** Every value in binary: a list with one entry, which holds for all. */
const allBinary: readonly number[] = [1];

/** What a pooled connection that has prepared statements is reset with. */
export const resetOfPrepared =
  "SET SESSION AUTHORIZATION DEFAULT;RESET ALL;CLOSE ALL;UNLISTEN *;SELECT pg_advisory_unlock_all();" +
  "DISCARD SEQUENCES;DISCARD TEMP";

/** A value as RawClient reads it, as the bytes it was. */
function bytesOf(value: string | null): Buffer | null {
  if (value === null) return null;
  return value.startsWith("hex:") ? Buffer.from(value.slice(4), "hex") : Buffer.from(value);
}

async function openSocket(target: Target, options: NpgsqlOptions): Promise<RawClient> {
  const client = await RawClient.connect(target.host, target.port);
  if (options.gss === true && (await ask(client, requests.gss)) !== "N")
    throw new Error("GSS was not refused");
  if (options.tls !== true) return client;
  if ((await ask(client, requests.tls)) !== "S") throw new Error("TLS was refused");
  client.socket.removeAllListeners("data");
  const secure = connectTls({ socket: client.socket, rejectUnauthorized: false });
  return new Promise((resolve, reject) => {
    secure.once("error", reject);
    secure.once("secureConnect", () => resolve(RawClient.over(secure)));
  });
}

async function ask(client: RawClient, request: number): Promise<string> {
  client.sendBytes(Buffer.concat([int32(8), int32(request)]));
  return String.fromCharCode((await client.nextByte()) ?? 0);
}

export class NpgsqlClient {
  private readonly client: RawClient;
  private readonly target: Target;
  private readonly options: NpgsqlOptions;

  private constructor(client: RawClient, target: Target, options: NpgsqlOptions) {
    this.client = client;
    this.target = target;
    this.options = options;
  }

  /** Connected, or with the error that ended it as the last of `answers`. */
  static async open(
    target: Target,
    options: NpgsqlOptions = {},
  ): Promise<{ connection: NpgsqlClient; answers: RawMessage[] }> {
    const client = await openSocket(target, options);
    const parameters = { client_encoding: "UTF8", ...options.parameters };
    const answers = await client.login(target, parameters);
    return { connection: new NpgsqlClient(client, target, options), answers };
  }

  close(): void {
    this.client.sendMessage("X");
    this.client.destroy();
  }

  /** Several messages in one write, and the answers up to as many ReadyForQuery as they ask for. */
  private async send(write: () => void, readies: number): Promise<RawMessage[]> {
    this.client.socket.cork();
    write();
    this.client.socket.uncork();
    const answers: RawMessage[] = [];
    for (let seen = 0; seen < readies; seen += 1) answers.push(...(await this.client.until("ReadyForQuery")));
    return answers;
  }

  /** Internal commands: type loading, COMMIT, keep-alive. COPY TO answers in the same way. */
  simple(text: string): Promise<RawMessage[]> {
    return this.send(() => this.client.sendQuery(text), 1);
  }

  /** A command of one or more statements before one Sync; `before` goes first, in the same write. */
  execute(statements: readonly NpgsqlStatement[], before: readonly string[] = []): Promise<RawMessage[]> {
    return this.send(() => {
      for (const text of before) this.client.sendQuery(text);
      for (const statement of statements) this.writeStatement(statement);
      this.client.sendSync();
    }, before.length + 1);
  }

  /** A batch with error barriers: a Sync behind each statement. */
  executeApart(statements: readonly NpgsqlStatement[]): Promise<RawMessage[]> {
    return this.send(() => {
      for (const statement of statements) {
        this.writeStatement(statement);
        this.client.sendSync();
      }
    }, statements.length);
  }

  private writeStatement({ text, parameters = [], prepared }: NpgsqlStatement): void {
    const types = parameters.map(({ type }) => type);
    if (prepared === undefined) this.client.sendParse("", text, types);
    const values = parameters.map(({ value }) => bytesOf(value));
    const formats = parameters.length === 0 ? [] : allBinary;
    this.client.sendBind("", prepared ?? "", values, allBinary, formats);
    // What a prepared statement gives is known.
    if (prepared === undefined) this.client.sendDescribe("P", "");
    this.client.sendExecute("");
  }

  /** Prepare(), of all statements of a command at once. */
  prepare(statements: readonly { name: string; text: string; types?: readonly number[] }[]) {
    return this.send(() => {
      for (const { name, text, types } of statements) {
        this.client.sendParse(name, text, types);
        this.client.sendDescribe("S", name);
      }
      this.client.sendSync();
    }, 1);
  }

  /** Unprepare(). */
  unprepare(names: readonly string[]): Promise<RawMessage[]> {
    return this.send(() => {
      for (const name of names) this.client.sendMessage("C", Buffer.from("S"), cString(name));
      this.client.sendSync();
    }, 1);
  }

  /** CommandBehavior.SchemaOnly, and DeriveParameters(). */
  describe(text: string): Promise<RawMessage[]> {
    return this.send(() => {
      this.client.sendParse("", text);
      this.client.sendDescribe("S", "");
      this.client.sendSync();
    }, 1);
  }

  /** A command that is cancelled from another connection, as soon as it runs. */
  async cancelled(statement: NpgsqlStatement): Promise<RawMessage[]> {
    const answered = this.execute([statement]);
    let isAnswered = false;
    void answered.then(
      () => {
        isAnswered = true;
      },
      () => {
        isAnswered = true;
      },
    );
    // A request that comes before the statement cancels nothing, so it is made until one does.
    while (!isAnswered) {
      const other = await openSocket(this.target, { tls: this.options.tls === true });
      const { processId, secretKey } = this.client;
      other.sendBytes(Buffer.concat([int32(16), int32(requests.cancel), int32(processId), secretKey]));
      await other.until("closed");
      other.destroy();
    }
    return answered;
  }
}
