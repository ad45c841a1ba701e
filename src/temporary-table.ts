// What a session's temporary table is to every part that has to know of one: its definition, without its rows.

export interface TemporaryColumn {
  readonly name: string;
  /** PostgreSQL's type OID and modifier. */
  readonly typeOid: number;
  readonly typeModifier: number;
  /** The type as SQL spells it, modifier included: `character varying(10)`. */
  readonly typeName: string;
  readonly notNull: boolean;
  /** A constant as SQL spells it; undefined for none. */
  readonly default: string | undefined;
}

export interface TemporaryIndex {
  readonly name: string;
  readonly columns: readonly string[];
}

/** What a statement makes a table of. */
export interface NewTemporaryTable {
  readonly name: string;
  readonly columns: readonly TemporaryColumn[];
  readonly indexes: readonly TemporaryIndex[];
}

export interface TemporaryTableDefinition extends NewTemporaryTable {
  /** What its session knows it by, as long as it is there: the pg_class oid. Those of its parts follow it. */
  readonly oid: number;
}
