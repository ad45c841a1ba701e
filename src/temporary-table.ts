// What a session's temporary table is to every part that has to know of one: its definition, without its rows.

export interface TemporaryColumn {
  readonly name: string;
  /** PostgreSQL's type OID and modifier. */
  readonly typeOid: number;
  readonly typeModifier: number;
  /** The type as SQL spells it, modifier included: `character varying(10)`. */
  readonly typeName: string;
  readonly notNull: boolean;
  /** An expression, as PostgreSQL prints it; undefined for none. */
  readonly default: string | undefined;
}

/** PostgreSQL's letter of a kind of constraint. NOT NULL is one, with a name. */
export type ConstraintKind = "n" | "c" | "p" | "u" | "x";

export interface TemporaryConstraint {
  readonly name: string;
  readonly kind: ConstraintKind;
  /** As PostgreSQL prints it: `CHECK ((a > 0))`. */
  readonly definition: string;
}

/** One that no constraint has made. */
export interface TemporaryIndex {
  readonly name: string;
  readonly isUnique: boolean;
  /** CREATE INDEX, as PostgreSQL prints it. */
  readonly definition: string;
}

/** What a statement makes a table of. */
export interface NewTemporaryTable {
  readonly name: string;
  readonly columns: readonly TemporaryColumn[];
  readonly constraints: readonly TemporaryConstraint[];
  readonly indexes: readonly TemporaryIndex[];
}

export interface TemporaryTableDefinition extends NewTemporaryTable {
  /** What its session knows it by, as long as it is there: the pg_class oid. Those of its parts follow it. */
  readonly oid: number;
}
