// The prepared statements and portals of one session. SQL's PREPARE and DECLARE use the same names as the protocol.
import { preparedObjectsMax } from "../constants.ts";
import type { Portal } from "./portal.ts";
import { tooManyPreparedObjects } from "./session-errors.ts";
import type { StatementPlan } from "./statement-plan.ts";

export interface PreparedStatement {
  readonly plan: StatementPlan;
  /** As asked for in Parse, and how many the statement has. */
  readonly parameterTypes: readonly number[];
  readonly text: string;
  /** Made by PREPARE, not by the protocol's Parse. */
  readonly fromSql: boolean;
  /** Wall-clock time in milliseconds. */
  readonly preparedMs: number;
}

export class Portals {
  readonly statements = new Map<string, PreparedStatement>();
  private readonly portals = new Map<string, Portal>();
  /** Queries that are being freed; the next statement waits for them, so that their number is bounded. */
  private closing: Promise<unknown> = Promise.resolve();

  get hasOpen(): boolean {
    for (const portal of this.portals.values()) if (portal.rows !== undefined) return true;
    return false;
  }

  /** Cursors WITH HOLD whose transaction is still open. */
  get toHold(): readonly Portal[] {
    return [...this.portals.values()].filter(
      ({ cursor, held, isDone }) => cursor.holdable && !held && !isDone,
    );
  }

  all(): Iterable<Portal> {
    return this.portals.values();
  }

  names(): Iterable<string> {
    return this.portals.keys();
  }

  get(name: string): Portal | undefined {
    return this.portals.get(name);
  }

  /** Throws 53400. */
  addStatement(name: string, statement: PreparedStatement): void {
    if (!this.statements.has(name)) this.refuseTooMany();
    this.statements.set(name, statement);
  }

  /** Replaces one of that name. Throws 53400. */
  add(portal: Portal): void {
    this.close(portal.name);
    this.refuseTooMany();
    this.portals.set(portal.name, portal);
  }

  /** Closing what is not there is no error. */
  close(name: string): void {
    const portal = this.portals.get(name);
    if (portal !== undefined) this.drop(portal);
  }

  /** As DEALLOCATE ALL: the unnamed statement belongs to the protocol alone. */
  dropNamedStatements(): void {
    for (const name of [...this.statements.keys()]) if (name !== "") this.statements.delete(name);
  }

  closeWhere(condition: (portal: Portal) => boolean): void {
    for (const portal of [...this.portals.values()]) if (condition(portal)) this.drop(portal);
  }

  /** Resolves when queries of closed portals are freed. */
  settled(): Promise<unknown> {
    return this.closing;
  }

  private drop(portal: Portal): void {
    if (this.portals.get(portal.name) === portal) this.portals.delete(portal.name);
    if (portal.rows === undefined) {
      portal.isDone = true;
      return;
    }
    this.closing = Promise.all([this.closing, portal.close()]);
  }

  private refuseTooMany(): void {
    if (this.statements.size + this.portals.size >= preparedObjectsMax) {
      throw tooManyPreparedObjects(preparedObjectsMax);
    }
  }
}
