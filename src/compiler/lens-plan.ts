// What the compiler makes of a statement: a query that names lens tables only as LensScan entries.
import type { EntryId, Query } from "../query/query.ts";

export interface LensPlan {
  readonly query: Query;
  /** From here on, numbers are free for what is put into the query. */
  readonly nextId: EntryId;
  /** Lens tables read, also those only passed through by a join; sorted. */
  readonly tables: readonly string[];
  /** Members read, `table.member`; sorted. */
  readonly members: readonly string[];
}
