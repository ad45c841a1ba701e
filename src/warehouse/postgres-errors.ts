// What a PostgreSQL warehouse's failures mean to a client, who gets texts of ours: the server's quote values of rows.
import { type LensError, lensError, relayedError } from "../errors.ts";
import { sqlstates } from "../sqlstate.ts";
import { readErrorFields } from "./postgres-messages.ts";
import { type DataErrorName, dataError, dataErrorTexts } from "./warehouse-errors.ts";

/** An ErrorResponse: the server's own words. They may hold values of rows, so this never leaves the driver as it is. */
export class ServerError extends Error {
  readonly sqlstate: string;
  /** The server ends the connection. */
  readonly isFatal: boolean;
  /** Message, detail, hint and context, for the log. */
  readonly fullText: string;

  constructor(fields: ReadonlyMap<string, string>) {
    super(fields.get("M") ?? "an error without a message");
    this.name = "ServerError";
    this.sqlstate = fields.get("C") ?? "XX000";
    // V is the severity in English, whatever the server's language.
    this.isFatal = ["FATAL", "PANIC"].includes(fields.get("V") ?? fields.get("S") ?? "");
    const more = [
      ["DETAIL", fields.get("D")],
      ["HINT", fields.get("H")],
      ["CONTEXT", fields.get("W")],
      ["POSITION", fields.get("P")],
    ];
    const lines = more.filter(([, text]) => text !== undefined).map(([name, text]) => `${name}: ${text}`);
    this.fullText = [`${this.sqlstate}: ${this.message}`, ...lines].join("\n");
  }

  static of(body: Buffer): ServerError {
    return new ServerError(readErrorFields(body));
  }
}

/** The connection is gone, with whatever was under way on it. */
export class ConnectionLost extends Error {
  constructor(cause?: unknown) {
    super("the connection to the PostgreSQL server was lost", { cause });
    this.name = "ConnectionLost";
  }
}

const dataErrorNames = Object.keys(dataErrorTexts) as DataErrorName[];

function nameOf(sqlstate: string): DataErrorName | undefined {
  return dataErrorNames.find((name) => sqlstates[name] === sqlstate);
}

/** What only PostgreSQL raises, in its own words where they hold no values. */
const otherTexts: Readonly<Record<string, string>> = {
  "22001": "value too long for its type",
  "22011": "negative substring length not allowed",
  "22013": "invalid preceding or following size in window function",
  "22014": "argument of ntile must be greater than zero",
  "22016": "argument of nth_value must be greater than zero",
  "22019": "invalid escape character",
  "22025": "invalid escape string",
  "2202E": "wrong number of array subscripts",
  "22P05": "character with no equivalent in the warehouse's encoding",
};

/** The client's error where the data is at fault: its code is kept. Undefined for every other failure. */
export function dataErrorOf(error: ServerError): LensError | undefined {
  const { sqlstate } = error;
  const name = nameOf(sqlstate);
  if (name !== undefined) return dataError(name, error);
  if (!sqlstate.startsWith("22")) return undefined;
  return relayedError(sqlstate, otherTexts[sqlstate] ?? dataErrorTexts.data_exception, { cause: error });
}

export function canceledByWarehouse(cause: unknown): LensError {
  return lensError("query_canceled", "canceling statement: the warehouse ended it", { cause });
}

/** For whoever starts the program: no client is told. */
export function postgresUnreachable(address: string, reason: string, cause: unknown): LensError {
  return lensError("fdw_error", `could not connect to the PostgreSQL server at ${address}: ${reason}`, {
    cause,
  });
}

export function arrayBoundsNotSupported(): LensError {
  return lensError("feature_not_supported", "arrays whose bounds do not begin at 1 are not supported");
}

/** Bind counts parameters in 16 bits. */
export const parametersMax = 65_535;

export function tooManyParameters(count: number): LensError {
  return lensError("program_limit_exceeded", `the statement needs ${count} values bound in the warehouse`, {
    detail: `A PostgreSQL warehouse takes at most ${parametersMax}.`,
  });
}
