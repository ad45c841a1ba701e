// The options of COPY ... TO STDOUT, old syntax and new, checked in PostgreSQL's order and words.
import type { CopyStmt, DefElem, Node } from "@pgsql/types";
import { encodingOf, servedEncodings } from "../client-encoding.ts";
import type { CopyFormat } from "../copy-format.ts";
import {
  conflictingCopyOptions,
  copyEncodingNotSupported,
  copyHeaderMatch,
  copyOptionNeedsBoolean,
  copyOptionNeedsValue,
  delimiterEndsLine,
  delimiterInNullText,
  delimiterIsQuote,
  notInBinaryCopy,
  notOneByte,
  nullTextEndsLine,
  onlyInCopyFrom,
  onlyInCsvCopy,
  quoteInNullText,
  rejectLimitAlone,
  unknownCopyFormat,
  unknownCopyOption,
  unknownLogVerbosity,
  unsafeDelimiter,
  wrongCopyArgument,
} from "./copy-errors.ts";

/** Names of columns, or all of them. */
export type ColumnList = "all" | readonly string[];

export interface CopyOptions {
  /** `forceQuote` is empty as yet: which columns there are is known later. */
  readonly format: CopyFormat;
  /** FORCE_QUOTE, where it was said. */
  readonly forceQuote: ColumnList | undefined;
}

/** What was said, each at most once. */
interface Said {
  format?: "text" | "csv" | "binary";
  header?: boolean;
  delimiter?: string;
  null?: string;
  default?: string;
  quote?: string;
  escape?: string;
  forceQuote?: ColumnList;
  forceNotNull?: ColumnList;
  forceNull?: ColumnList;
  freeze?: boolean;
  encoding?: string;
  logVerbosity?: string;
  rejectLimit?: string;
}

type PositionOf = (location: number | undefined) => number | undefined;

/** `positionOf` gives the client's position of a place in the tree. Throws 42601, 22023, 0A000. */
export function readCopyOptions(tree: CopyStmt, positionOf: PositionOf): CopyOptions {
  const said: Said = {};
  for (const option of tree.options ?? []) {
    if ("DefElem" in option) readOption(option.DefElem, said, positionOf(option.DefElem.location));
  }
  const { format: kind = "text" } = said;
  if (kind === "binary") refuseInBinary(said);
  const nullText = said.null ?? (kind === "csv" ? "" : "\\N");
  const delimiter = said.delimiter ?? (kind === "csv" ? "," : "\t");
  if (kind !== "binary") refuseDelimiter(delimiter, nullText, kind);
  if (kind === "binary" && said.header === true) throw notInBinaryCopy("HEADER", false);
  const quote = said.quote ?? '"';
  const escapedBy = said.escape ?? quote;
  refuseQuotes(said, { kind, delimiter, quote, escapedBy });
  refuseColumnLists(said, kind);
  refuseRest(said, { kind, delimiter, nullText, quote });
  const header = said.header ?? false;
  const { forceQuote, encoding } = said;
  if (kind === "binary") return { format: { kind }, forceQuote };
  if (kind === "text") return { format: { kind, delimiter, nullText, header, encoding }, forceQuote };
  return {
    format: {
      kind,
      delimiter,
      nullText,
      header,
      encoding,
      quote,
      escape: escapedBy,
      forceQuote: new Set(),
    },
    forceQuote,
  };
}

function readOption(element: DefElem, said: Said, position: number | undefined): void {
  const { defname: name = "" } = element;
  const once = <K extends keyof Said>(key: K, value: () => Said[K]): void => {
    if (said[key] !== undefined) throw conflictingCopyOptions(position);
    said[key] = value();
  };
  switch (name) {
    case "format":
      return once("format", () => formatOf(textOf(element), position));
    case "header":
      return once("header", () => headerOf(element));
    case "freeze":
      return once("freeze", () => booleanOf(element));
    case "delimiter":
    case "null":
    case "default":
    case "quote":
    case "escape":
      return once(name, () => textOf(element));
    case "force_quote":
      return once("forceQuote", () => columnsOf(element, position));
    case "force_not_null":
      return once("forceNotNull", () => columnsOf(element, position));
    case "force_null":
      return once("forceNull", () => columnsOf(element, position));
    case "encoding":
      return once("encoding", () => encodingOption(element, position));
    case "on_error":
      throw onlyInCopyFrom("ON_ERROR", "invalid_parameter_value", position);
    case "log_verbosity":
      return once("logVerbosity", () => verbosityOf(textOf(element), position));
    case "reject_limit":
      return once("rejectLimit", () => textOf(element));
    default:
      throw unknownCopyOption(name, position);
  }
}

function formatOf(format: string, position: number | undefined): "text" | "csv" | "binary" {
  if (format === "text" || format === "csv" || format === "binary") return format;
  throw unknownCopyFormat(format, position);
}

function verbosityOf(value: string, position: number | undefined): string {
  if (/^(silent|default|verbose)$/i.test(value)) return value;
  throw unknownLogVerbosity(value, position);
}

/** As PostgreSQL's defGetString. */
function textOf({ arg, defname = "" }: DefElem): string {
  if (arg === undefined) throw copyOptionNeedsValue(defname);
  if ("String" in arg) return arg.String.sval ?? "";
  if ("Boolean" in arg) return String(arg.Boolean.boolval === true);
  if ("Integer" in arg) return String(arg.Integer.ival ?? 0);
  if ("Float" in arg) return arg.Float.fval ?? "";
  if ("A_Star" in arg) return "*";
  return namesOf(arg).join(".");
}

function booleanOf(element: DefElem): boolean {
  const value = spelledBoolean(element);
  if (typeof value === "string") throw copyOptionNeedsBoolean(element.defname ?? "");
  return value;
}

function headerOf(element: DefElem): boolean {
  const value = spelledBoolean(element);
  if (typeof value !== "string") return value;
  if (value.toLowerCase() === "match") throw copyHeaderMatch(value);
  throw copyOptionNeedsBoolean(element.defname ?? "", "match");
}

/** What is no Boolean comes back as its text. */
function spelledBoolean(element: DefElem): boolean | string {
  const { arg } = element;
  if (arg === undefined) return true;
  const text = textOf(element);
  const words = "Integer" in arg ? ["1", "0"] : ["true", "on", "false", "off"];
  const place = words.indexOf(text.toLowerCase());
  return place === -1 ? text : place < words.length / 2;
}

function columnsOf({ arg, defname = "" }: DefElem, position: number | undefined): ColumnList {
  if (arg !== undefined && "A_Star" in arg) return "all";
  if (arg === undefined || !("List" in arg))
    throw wrongCopyArgument(defname, "a list of column names", position);
  return namesOf(arg);
}

/** The strings of a list. */
export function namesOf(list: Node | readonly Node[]): readonly string[] {
  const items = Array.isArray(list) ? list : "List" in list ? (list.List.items ?? []) : [];
  return items.map((item: Node) => ("String" in item ? (item.String.sval ?? "") : ""));
}

function encodingOption(element: DefElem, position: number | undefined): string {
  const name = textOf(element);
  const encoding = encodingOf(name);
  if (encoding === undefined) throw wrongCopyArgument("encoding", "a valid encoding name", position);
  if (!servedEncodings.includes(encoding)) throw copyEncodingNotSupported(name, position);
  return encoding;
}

function refuseInBinary(said: Said): void {
  if (said.delimiter !== undefined) throw notInBinaryCopy("DELIMITER", true);
  if (said.null !== undefined) throw notInBinaryCopy("NULL", true);
  if (said.default !== undefined) throw notInBinaryCopy("DEFAULT", true);
}

function isOneByte(text: string): boolean {
  return Buffer.byteLength(text) === 1;
}

function refuseDelimiter(delimiter: string, nullText: string, kind: "text" | "csv"): void {
  if (!isOneByte(delimiter)) throw notOneByte("delimiter");
  if (/[\r\n]/.test(delimiter)) throw delimiterEndsLine();
  if (/[\r\n]/.test(nullText)) throw nullTextEndsLine();
  // Those that could stand in an escape or in NULL's text.
  if (kind === "text" && /[\\.a-z0-9]/.test(delimiter)) throw unsafeDelimiter(delimiter);
}

interface Kept {
  readonly kind: "text" | "csv" | "binary";
  readonly delimiter: string;
  readonly quote: string;
}

function refuseQuotes(
  said: Said,
  { kind, delimiter, quote, escapedBy }: Kept & { readonly escapedBy: string },
): void {
  const isCsv = kind === "csv";
  if (!isCsv && said.quote !== undefined) throw onlyInCsvCopy("QUOTE");
  if (isCsv && !isOneByte(quote)) throw notOneByte("quote");
  if (isCsv && delimiter === quote) throw delimiterIsQuote();
  if (!isCsv && said.escape !== undefined) throw onlyInCsvCopy("ESCAPE");
  if (isCsv && !isOneByte(escapedBy)) throw notOneByte("escape");
}

function refuseColumnLists({ forceQuote, forceNotNull, forceNull }: Said, kind: Kept["kind"]): void {
  const isCsv = kind === "csv";
  if (!isCsv && forceQuote !== undefined) throw onlyInCsvCopy("FORCE_QUOTE");
  if (!isCsv && forceNotNull !== undefined) throw onlyInCsvCopy("FORCE_NOT_NULL");
  if (forceNotNull !== undefined) throw onlyInCopyFrom("FORCE_NOT_NULL", "invalid_parameter_value");
  if (!isCsv && forceNull !== undefined) throw onlyInCsvCopy("FORCE_NULL");
  if (forceNull !== undefined) throw onlyInCopyFrom("FORCE_NULL", "invalid_parameter_value");
}

function refuseRest(
  said: Said,
  { kind, delimiter, nullText, quote }: Kept & { readonly nullText: string },
): void {
  if (kind !== "binary" && nullText.includes(delimiter)) throw delimiterInNullText();
  if (kind === "csv" && nullText.includes(quote)) throw quoteInNullText();
  if (said.freeze === true) throw onlyInCopyFrom("FREEZE", "invalid_parameter_value");
  if (said.default !== undefined) throw onlyInCopyFrom("DEFAULT", "feature_not_supported");
  if (said.rejectLimit !== undefined) throw rejectLimitAlone();
}
