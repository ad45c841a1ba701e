// Printed trees for tests: an in-process PGlite with a few tables, asked to parse.
import { PGlite } from "@electric-sql/pglite";

export interface DumpSource {
  /** The bytes of the tree that PostgreSQL prints for one statement. Rejects with PostgreSQL's own error text. */
  dump(sql: string): Promise<Uint8Array>;
  readonly database: PGlite;
}

export async function openDumpSource(ddl: string): Promise<DumpSource> {
  const database = await PGlite.create({});
  await database.exec(ddl);
  await database.exec(
    "set debug_print_parse = on; set debug_pretty_print = off; set client_min_messages = log; set log_min_messages = panic",
  );
  return { dump: (sql) => dump(database, sql), database };
}

async function dump(database: PGlite, sql: string): Promise<Uint8Array> {
  const answer = Buffer.from(await database.execProtocolRaw(Buffer.concat([parseMessage(sql), sync])));
  let tree: Uint8Array | undefined;
  for (let at = 0; at < answer.length; at += 1 + answer.readInt32BE(at + 1)) {
    const type = String.fromCharCode(answer[at] ?? 0);
    if (type !== "E" && type !== "N") continue;
    const fields = noticeFields(answer.subarray(at + 5, at + 1 + answer.readInt32BE(at + 1)));
    if (type === "E") throw new Error(fields.get("M")?.toString("utf8"));
    if (type === "N" && fields.get("M")?.toString("utf8") === "parse tree:") tree = fields.get("D");
  }
  if (tree === undefined) throw new Error("no tree was printed");
  return tree;
}

function noticeFields(body: Buffer): Map<string, Buffer> {
  const fields = new Map<string, Buffer>();
  for (let at = 0; at < body.length && body[at] !== 0; ) {
    const end = body.indexOf(0, at + 1);
    fields.set(String.fromCharCode(body[at] ?? 0), body.subarray(at + 1, end));
    at = end + 1;
  }
  return fields;
}

const sync = Buffer.from([0x53, 0, 0, 0, 4]);

function parseMessage(sql: string): Buffer {
  const text = Buffer.from(sql, "utf8");
  const message = Buffer.alloc(1 + 4 + 1 + text.length + 1 + 2);
  message[0] = 0x50;
  message.writeInt32BE(message.length - 1, 1);
  text.copy(message, 6);
  return message;
}
