// What a statement answered, in words that neither sockets nor SQL appear in. The server turns them into messages.
import type { CopyFormat } from "../copy-format.ts";
import type { ResultColumn, RowBatch } from "../result.ts";

export interface Notice {
  readonly severity: "WARNING" | "NOTICE" | "INFO";
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  readonly context?: string | undefined;
}

/** Rows of one Execute, fetched as they are asked for. */
export interface RowReader {
  /** The next rows, or undefined at the end. Rejects with the client's error. */
  next(): Promise<RowBatch | undefined>;
  /** After the end: the command tag, or "suspended" where a row limit stopped it. */
  end(): { readonly kind: "complete"; readonly tag: string } | { readonly kind: "suspended" };
}

/** COPY FROM STDIN: it takes what the client sends, until one of both ends it. */
export interface CopyReceiver {
  /** Of the whole, and of each column: 0 text, 1 binary. */
  readonly format: 0 | 1;
  readonly columnCount: number;
  /** Aborts when the statement is ended early. */
  readonly signal: AbortSignal;
  /** Of text, as PostgreSQL spells it; undefined: the client's. */
  readonly encoding: string | undefined;
  /** So many bytes have come. Throws 54000 and 53400 where the server keeps no more. */
  take(bytes: number): void;
  /** All of them, in UTF-8 where they are text. The command tag. Rejects with the client's error. */
  end(data: Uint8Array): Promise<string>;
  /** The client gives up behind them, with these words. Always rejects. */
  fail(data: Uint8Array, message: string): Promise<never>;
  /** Nothing more comes. */
  close(): void;
}

export type Outcome =
  | { readonly kind: "copyIn"; readonly receiver: CopyReceiver }
  | { readonly kind: "empty" }
  | { readonly kind: "complete"; readonly tag: string }
  | {
      readonly kind: "rows";
      readonly columns: readonly ResultColumn[];
      /** Of the Bind: 0 text, 1 binary; none, one for all, or one each. */
      readonly formats: readonly number[];
      /** Given for COPY: the rows go out in this form, without a description of columns. */
      readonly copy?: CopyFormat | undefined;
      readonly rows: RowReader;
    };

/** A column that this server makes up: no relation, no modifier. */
function plainColumn(name: string, typeOid: number, typeLength: number): ResultColumn {
  return { name, typeOid, typeLength, typeModifier: -1, tableOid: 0, attributeNumber: 0 };
}

export function textColumn(name: string): ResultColumn {
  return plainColumn(name, 25, -1);
}
