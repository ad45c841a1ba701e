// Runs one conversation against one server.
import type { PgtestFile, Section, Target } from "./pgtest-file.ts";
import { type Credentials, cString, int32, RawClient, type RawMessage } from "./raw-client.ts";

export interface PgtestServer extends Credentials {
  readonly host: string;
  readonly port: number;
}

export interface SectionResult {
  readonly section: Section;
  readonly actual: readonly RawMessage[];
}

/** What the server said in each `until` and `login`. */
export async function runPgtest(
  file: PgtestFile,
  target: Target,
  server: PgtestServer,
): Promise<SectionResult[]> {
  let client = await begin(file, server);
  const results: SectionResult[] = [];
  try {
    for (const section of file.sections) {
      if (section.only !== undefined && section.only !== target) continue;
      if (section.verb === "connect") {
        client.destroy();
        client = await begin(file, server);
      } else if (section.verb === "send") {
        for (const line of section.lines) client = await send(client, JSON.parse(line), server);
      } else if (section.verb === "cancel") {
        await cancel(client, server, section.argument === "until answered");
      } else {
        const seen = await answer(client, section, server);
        results.push({ section, actual: seen.map(shown) });
      }
    }
  } finally {
    client.destroy();
  }
  return results;
}

async function begin(file: PgtestFile, server: PgtestServer): Promise<RawClient> {
  const client = await RawClient.connect(server.host, server.port);
  if (!file.isRaw) await client.login(server);
  return client;
}

function answer(client: RawClient, section: Section, server: PgtestServer): Promise<RawMessage[]> {
  if (section.verb === "login") return login(client, server);
  return section.argument === "SSLAnswer" ? sslAnswer(client) : client.until(section.argument);
}

/** Settings in the order of their names: servers send them in any. */
async function login(client: RawClient, server: PgtestServer): Promise<RawMessage[]> {
  const messages = await client.authenticate(server.password);
  const first = messages.findIndex(({ type }) => type === "ParameterStatus");
  const settings = messages.filter(({ type }) => type === "ParameterStatus");
  if (first !== -1) messages.splice(first, settings.length, ...settings.toSorted(byName));
  return messages;
}

function byName(one: RawMessage, other: RawMessage): number {
  return String(one["name"]) < String(other["name"]) ? -1 : 1;
}

/** Settings whose values are the server's own. */
const ownSettings: readonly unknown[] = ["server_version", "is_superuser"];

interface SentMessage {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The client to go on with: another one once TLS has begun. */
async function send(client: RawClient, message: SentMessage, server: PgtestServer): Promise<RawClient> {
  if (message.type === "TLS") return client.overTls((message["alpn"] ?? []) as string[]);
  sendMessage(client, message, server);
  return client;
}

function sendMessage(client: RawClient, message: SentMessage, server: PgtestServer): void {
  const text = (field: string): string => String(message[field] ?? "");
  const list = <T>(field: string): readonly T[] => (message[field] ?? []) as readonly T[];
  switch (message.type) {
    case "Query":
      client.sendMessage(
        "Q",
        Buffer.concat([bytesOf(text("text")), Buffer.alloc(1)].map((each) => Buffer.from(each ?? ""))),
      );
      return;
    case "Parse":
      client.sendParse(text("name"), text("text"), list<number>("types"));
      return;
    case "Bind":
      client.sendBind(
        text("portal"),
        text("statement"),
        list<string | null>("values").map(bytesOf),
        list<number>("resultFormats"),
        list<number>("formats"),
      );
      return;
    case "Describe":
      client.sendDescribe(text("target") as "S" | "P", text("name"));
      return;
    case "Close":
      client.sendMessage("C", Buffer.from(text("target")), cString(text("name")));
      return;
    case "Execute":
      client.sendExecute(text("portal"), Number(message["rowsMax"] ?? 0));
      return;
    case "Sync":
      client.sendSync();
      return;
    case "Flush":
      client.sendMessage("H");
      return;
    case "Terminate":
      client.sendMessage("X");
      return;
    case "FunctionCall":
      client.sendMessage("F", int32(1), Buffer.from("00000000000000", "hex").subarray(0, 6));
      return;
    case "Startup": {
      const { user, database } = server;
      const parameters = { user, database, ...(message["parameters"] as Record<string, string>) };
      client.sendStartup(parameters, Number(message["version"] ?? 0x30000));
      return;
    }
    case "SSLRequest":
      client.sendBytes(Buffer.concat([int32(8), int32(80_877_103)]));
      return;
    case "GSSENCRequest":
      client.sendBytes(Buffer.concat([int32(8), int32(80_877_104)]));
      return;
    case "CancelRequest": {
      const key = Buffer.from(text("key"), "hex");
      client.sendBytes(
        Buffer.concat([int32(12 + key.length), int32(80_877_102), int32(Number(message["processId"])), key]),
      );
      return;
    }
    case "CopyData":
      client.sendMessage("d", Buffer.from(bytesOf(text("data")) ?? ""));
      return;
    case "CopyDone":
      client.sendMessage("c");
      return;
    case "CopyFail":
      client.sendMessage("f", cString(text("message")));
      return;
    case "Password":
      client.sendMessage("p", cString(text("password")));
      return;
    case "Message":
      client.sendMessage(text("letter"), Buffer.from(text("body"), "latin1"));
      return;
    case "Bytes":
      client.sendBytes(Buffer.from(text("hex").replaceAll(" ", ""), "hex"));
      return;
    default:
      throw new Error(`not a message that can be sent: ${message.type}`);
  }
}

/** A value, or the text of a query, that begins with `hex:` is binary. */
function bytesOf(value: string | null): string | Buffer | null {
  return value?.startsWith("hex:") ? Buffer.from(value.slice(4), "hex") : value;
}

async function sslAnswer(client: RawClient): Promise<RawMessage[]> {
  const byte = await client.nextByte();
  return [{ type: "SSLAnswer", byte: byte === undefined ? "closed" : String.fromCharCode(byte) }];
}

/** A cancel request that comes before the statement has begun is lost, as it must be. */
async function cancel(client: RawClient, server: PgtestServer, untilAnswered: boolean): Promise<void> {
  do await sendCancel(client, server);
  while (untilAnswered && !client.hasMessage);
}

async function sendCancel(client: RawClient, server: PgtestServer): Promise<void> {
  const other = await RawClient.connect(server.host, server.port);
  other.sendBytes(Buffer.concat([int32(16), int32(80_877_102), int32(client.processId), client.secretKey]));
  await other.until("closed");
  other.destroy();
}

/** The fields that the two servers share. */
function shown(message: RawMessage): RawMessage {
  switch (message.type) {
    case "ErrorResponse":
    case "NoticeResponse": {
      const { type, severity, code, message: text, position, context } = message;
      return {
        type,
        severity,
        code,
        message: text,
        ...(position === undefined ? {} : { position }),
        // Where else there is one it tells of PostgreSQL's own functions.
        ...(String(context).startsWith("COPY ") ? { context } : {}),
      };
    }
    case "RowDescription":
      return {
        type: message.type,
        columns: (message["columns"] as Record<string, unknown>[]).map((column) => {
          const { name, typeOid, typeLength, typeModifier, format } = column;
          return { name, typeOid, typeLength, typeModifier, format };
        }),
      };
    case "AuthenticationSASLContinue":
      return { type: message.type };
    case "ParameterStatus":
      return ownSettings.includes(message["name"]) ? { type: message.type, name: message["name"] } : message;
    case "BackendKeyData":
      return { type: message.type, keyBytes: (message["secretKey"] as Buffer).length };
    default:
      return message;
  }
}
