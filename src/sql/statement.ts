// One statement of a client's text, as libpg-query parsed it.
import type { Node } from "@pgsql/types";
import type { LongList } from "./shorten-lists.ts";

export interface Statement {
  /** The statement's own text, without what separates it from its neighbours. */
  readonly text: string;
  /** Where it begins in the whole text: characters (UTF-16 code units) from 0. */
  readonly offset: number;
  /** PostgreSQL's raw parse tree, one key that names the node: `{ SelectStmt: {...} }`. */
  readonly node: Node;
  /** Bytes before the statement's own text in the text that the locations of `node` count in. */
  readonly bytesBefore: number;
  /** The long IN lists of constants, of which `node` has the first item alone. */
  readonly longLists?: readonly LongList[] | undefined;
}

/** Splits and parses a text. Rejects with 42601 (position in the whole text) or 54001. */
export type ParseStatements = (text: string) => Promise<readonly Statement[]>;
