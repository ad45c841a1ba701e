// What a client can send, in the protocol's own words.

export interface StartupMessage {
  readonly kind: "StartupMessage";
  readonly majorVersion: number;
  readonly minorVersion: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A packet without a type byte: the first ones of a connection. */
export type StartupPacket =
  | StartupMessage
  | { readonly kind: "SSLRequest" }
  | { readonly kind: "GSSENCRequest" }
  | { readonly kind: "CancelRequest"; readonly processId: number; readonly secretKey: Uint8Array };

/** `S` names a prepared statement, `P` a portal. */
export type TargetKind = "statement" | "portal";

export interface BindMessage {
  readonly kind: "Bind";
  readonly portal: string;
  readonly statement: string;
  /** 0 text, 1 binary: none, one for all, or one each. */
  readonly parameterFormats: readonly number[];
  readonly parameters: readonly (Uint8Array | null)[];
  readonly resultFormats: readonly number[];
}

export type FrontendMessage =
  | { readonly kind: "Query"; readonly text: string }
  | {
      readonly kind: "Parse";
      readonly statement: string;
      readonly text: string;
      readonly parameterTypes: readonly number[];
    }
  | BindMessage
  | { readonly kind: "Describe"; readonly target: TargetKind; readonly name: string }
  | { readonly kind: "Execute"; readonly portal: string; readonly rowsMax: number }
  | { readonly kind: "Close"; readonly target: TargetKind; readonly name: string }
  | { readonly kind: "Sync" }
  | { readonly kind: "Flush" }
  | { readonly kind: "Terminate" }
  | { readonly kind: "FunctionCall" }
  | { readonly kind: "CopyData" }
  | { readonly kind: "CopyDone" }
  | { readonly kind: "CopyFail" };

/** What an extended-query client sends up to Sync; an error skips all of them. */
export type ExtendedMessage = Extract<
  FrontendMessage,
  { readonly kind: "Parse" | "Bind" | "Describe" | "Execute" | "Close" }
>;
