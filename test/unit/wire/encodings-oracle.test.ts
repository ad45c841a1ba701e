// Client encodings compared with a real PostgreSQL: every byte, read and written, and every name.

import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodingOf, servedEncodings } from "../../../src/client-encoding.ts";
import { LensError } from "../../../src/errors.ts";
import { OutputBuffer } from "../../../src/wire/output-buffer.ts";
import { textCodecOf } from "../../../src/wire/text-codec.ts";
import { type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";

let postgres: RealPostgres;
let client: pg.Client;

beforeAll(async () => {
  postgres = await startRealPostgres();
  const { host, port, user, password, database } = postgres;
  client = new pg.Client({ host, port, user, password, database });
  await client.connect();
});

afterAll(async () => {
  await client?.end();
  await postgres?.stop();
});

async function outcome(work: () => Promise<string>): Promise<string> {
  try {
    return await work();
  } catch (error) {
    const { code, sqlstate, message } = error as { code?: string; sqlstate?: string; message: string };
    if (code === undefined && !(error instanceof LensError)) throw error;
    return `${sqlstate ?? code}: ${message}`;
  }
}

const singleByte = servedEncodings.filter((name) => name !== "UTF8" && name !== "SQL_ASCII");

describe.each(singleByte)("in %s", (encoding) => {
  it("each byte stands for the character that PostgreSQL takes it for", async () => {
    const ours: Record<string, string> = {};
    const theirs: Record<string, string> = {};
    for (const byte of [1, 65, 127, ...Array.from({ length: 128 }, (_each, index) => 128 + index)]) {
      const bytes = Uint8Array.of(0x61, byte);
      ours[byte] = await outcome(async () => textCodecOf(encoding).decode(bytes));
      const sql = "select convert_from($1, $2) as text";
      theirs[byte] = await outcome(
        async () => (await client.query(sql, [Buffer.from(bytes), encoding])).rows[0].text,
      );
    }
    expect(ours).toEqual(theirs);
  });

  it("each character has the bytes that PostgreSQL sends", async () => {
    const letters = new Set([..."aéŁŽ€ğĞпРא٠ก─ẁỳ→‘™ș№\u00a0\u0080\u0099😀"]);
    for (let byte = 128; byte < 256; byte++) {
      const known = await outcome(async () => textCodecOf(encoding).decode(Uint8Array.of(byte)));
      if ([...known].length === 1) letters.add(known);
    }
    const ours: Record<string, string> = {};
    const theirs: Record<string, string> = {};
    for (const letter of letters) {
      ours[letter] = await outcome(async () => hexOf(encoding, `a${letter}`));
      const sql = "select encode(convert_to($1, $2), 'hex') as hex";
      theirs[letter] = await outcome(
        async () => (await client.query(sql, [`a${letter}`, encoding])).rows[0].hex,
      );
    }
    expect(ours).toEqual(theirs);
  });
});

function hexOf(encoding: string, text: string): string {
  const out = new OutputBuffer(16);
  textCodecOf(encoding).write(text, out);
  return out.take().toString("hex");
}

it("names stand for what they do in PostgreSQL", async () => {
  const names = [
    ...[
      "UTF-8",
      "utf8",
      "'utf-8'",
      "Unicode",
      "latin-1",
      "ISO_8859_1",
      "ISO8859-15",
      "Latin9",
      "win1252",
      "WINDOWS-1252",
    ],
    ...[
      "sql_ascii",
      "koi8",
      "KOI8-R",
      "alt",
      "abc",
      "tcvn",
      "win",
      "EUC_JP",
      "sjis",
      "win932",
      "big5",
      "gb18030",
      "johab",
    ],
    ...[
      "shift_jis",
      "shift_jis_2004",
      "euc_jis_2004",
      "uhc",
      "mule_internal",
      "nope",
      "",
      "latin11",
      "iso88597",
      "utf16",
    ],
  ];
  const sql = "select pg_encoding_to_char(pg_char_to_encoding(name)) as name from unnest($1::text[]) as name";
  const theirs = (await client.query(sql, [names])).rows.map(({ name }) => name);
  expect(names.map((name) => encodingOf(name) ?? "")).toEqual(theirs);
});
