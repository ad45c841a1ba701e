// What differs from one server of a kind to the next and decides how statements are written for it.

export interface ServerTraits {
  /** `15` for PostgreSQL 15.8. */
  readonly majorVersion: number;
  /** The name, quoted, of a collation whose letters are those of Unicode; undefined where the server has none. */
  readonly lettersCollation: string | undefined;
}
