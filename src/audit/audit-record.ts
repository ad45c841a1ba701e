// What is written of each statement, login and refusal. Never: values of rows, passwords, warehouse error texts, and
// parameter values unless `audit.parameters: true`.
import type { StatementLineage } from "../column-lineage.ts";

interface AuditBase {
  /** RFC 3339 in UTC with milliseconds. */
  readonly time: string;
  readonly user: string;
  readonly lens: string;
  readonly group: string | undefined;
  readonly clientAddress: string;
  readonly applicationName: string | undefined;
}

/** Before the warehouse is asked. Joined to its `closed` by id. */
export interface OpenedRecord extends AuditBase {
  readonly event: "opened";
  readonly id: string;
  readonly sql: string;
  readonly sourceSql: string;
  readonly tables: readonly string[];
  readonly members: readonly string[];
  /** Columns of the tables' base SQL that the members are computed from. */
  readonly columns: readonly string[];
  readonly segments: readonly string[];
  readonly masked: readonly string[];
  /** Members that were read and are masked for other groups than the reader's. */
  readonly unmasked: readonly string[];
  readonly lineage: StatementLineage;
  readonly parameters?: readonly (string | null)[] | undefined;
}

/** After the last row, before the client is told that the statement is complete. */
export interface ClosedRecord {
  readonly event: "closed";
  readonly time: string;
  readonly id: string;
  /** SQLSTATE; 00000 for success. */
  readonly outcome: string;
  readonly rows: number;
  /** Of the rows, as they were sent to the client. */
  readonly bytes: number;
  readonly durationMs: number;
  /** Milliseconds by stage: analyse, compile, render, run. */
  readonly stages: Readonly<Record<string, number>>;
}

export interface CatalogRecord extends AuditBase {
  readonly event: "catalog";
  readonly sql: string;
  readonly outcome: string;
  readonly rows: number;
  readonly durationMs: number;
}

export interface RefusedRecord extends AuditBase {
  readonly event: "refused";
  readonly sql: string;
  readonly outcome: string;
  readonly message: string;
}

export interface LoginRecord extends AuditBase {
  readonly event: "login";
  readonly outcome: string;
}

export type AuditRecord = OpenedRecord | ClosedRecord | CatalogRecord | RefusedRecord | LoginRecord;

/** A statement as its records tell of it, parts of long ones left out. */
export interface RecentStatement {
  readonly id: string;
  /** RFC 3339 in UTC. */
  readonly time: string;
  readonly lens: string;
  readonly sql: string;
  readonly tables: readonly string[];
  readonly members: readonly string[];
  readonly segments: readonly string[];
  readonly masked: readonly string[];
  /** Undefined while it runs. */
  readonly closed:
    | { readonly outcome: string; readonly rows: number; readonly durationMs: number }
    | undefined;
}
