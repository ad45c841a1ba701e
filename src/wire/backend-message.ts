// What the server can send, but for DataRow and CopyData, which encode-rows.ts and encode-copy.ts write batch by
// batch.
import type { ResultColumn } from "../result.ts";

/** I: idle, T: in a transaction block, E: in a failed one. */
export type TransactionStatus = "I" | "T" | "E";

export type NoticeSeverity = "WARNING" | "NOTICE" | "INFO" | "LOG" | "DEBUG";

export interface MessageFields {
  readonly severity: "ERROR" | "FATAL" | "PANIC" | NoticeSeverity;
  readonly sqlstate: string;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly hint?: string | undefined;
  /** 1-based character of the client's text. */
  readonly position?: number | undefined;
  readonly context?: string | undefined;
  readonly routine?: string | undefined;
}

export type BackendMessage =
  | { readonly kind: "AuthenticationOk" }
  | { readonly kind: "AuthenticationCleartextPassword" }
  | { readonly kind: "AuthenticationSASL"; readonly mechanisms: readonly string[] }
  | { readonly kind: "AuthenticationSASLContinue"; readonly data: string }
  | { readonly kind: "AuthenticationSASLFinal"; readonly data: string }
  | { readonly kind: "BackendKeyData"; readonly processId: number; readonly secretKey: Uint8Array }
  | {
      readonly kind: "NegotiateProtocolVersion";
      readonly version: number;
      readonly unknownOptions: readonly string[];
    }
  | { readonly kind: "ParameterStatus"; readonly name: string; readonly value: string }
  | { readonly kind: "ReadyForQuery"; readonly status: TransactionStatus }
  | {
      readonly kind: "RowDescription";
      readonly columns: readonly ResultColumn[];
      /** None, one for all, or one each. */
      readonly formats: readonly number[];
    }
  | { readonly kind: "ParameterDescription"; readonly parameterTypes: readonly number[] }
  | { readonly kind: "NoData" }
  | { readonly kind: "ParseComplete" }
  | { readonly kind: "BindComplete" }
  | { readonly kind: "CloseComplete" }
  | { readonly kind: "PortalSuspended" }
  | { readonly kind: "CommandComplete"; readonly tag: string }
  | {
      readonly kind: "CopyOutResponse";
      /** Of the whole, and of each column. */
      readonly format: 0 | 1;
      readonly columnCount: number;
    }
  | {
      readonly kind: "CopyInResponse";
      readonly format: 0 | 1;
      readonly columnCount: number;
    }
  | { readonly kind: "CopyDone" }
  | { readonly kind: "EmptyQueryResponse" }
  | { readonly kind: "ErrorResponse"; readonly fields: MessageFields }
  | { readonly kind: "NoticeResponse"; readonly fields: MessageFields };
