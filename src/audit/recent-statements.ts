// The newest statements of each user, for the users themselves: taken from the audit's records as they are written, in
// memory, and gone with the process. No values.
import { type AuditLog, watchedLog } from "./audit-log.ts";
import type { AuditRecord, OpenedRecord, RecentStatement } from "./audit-record.ts";

/** Statements that are kept of a user. */
const statementsPerUserMax = 100;
/** Statements that are kept of all users: of those who asked last. */
const statementsMax = 20_000;
const textCharactersMax = 1000;
/** Tables and members of one statement, together. */
const namesMax = 100;

export class RecentStatements {
  /** By user, the one who asked last at the end; the oldest statement first. */
  readonly #users = new Map<string, Map<string, RecentStatement>>();
  /** Whose a statement that runs is. */
  readonly #running = new Map<string, string>();
  /** Statements of all users. */
  #count = 0;

  /** The log, with what it is given looked at. */
  watching(log: AuditLog): AuditLog {
    return watchedLog(log, (record) => this.#see(record));
  }

  /** The oldest first. */
  of(user: string): readonly RecentStatement[] {
    return [...(this.#users.get(user)?.values() ?? [])];
  }

  #see(record: AuditRecord): void {
    if (record.event === "opened") this.#open(record);
    if (record.event !== "closed") return;
    const statements = this.#users.get(this.#running.get(record.id) ?? "");
    this.#running.delete(record.id);
    const statement = statements?.get(record.id);
    if (statements === undefined || statement === undefined) return;
    const { outcome, rows, durationMs } = record;
    statements.set(record.id, { ...statement, closed: { outcome, rows, durationMs } });
  }

  #open(record: OpenedRecord): void {
    const { id, user, time, lens, sql } = record;
    const statements = this.#users.get(user) ?? new Map<string, RecentStatement>();
    this.#users.delete(user);
    this.#users.set(user, statements);
    statements.set(id, {
      ...{ id, time, lens },
      sql: copyOf(sql.slice(0, textCharactersMax)),
      tables: record.tables.slice(0, namesMax),
      members: record.members.slice(0, namesMax),
      segments: record.segments.slice(0, namesMax),
      masked: record.masked.slice(0, namesMax),
      closed: undefined,
    });
    this.#running.set(id, user);
    this.#count += 1;
    const [oldest] = statements.keys();
    if (statements.size > statementsPerUserMax && oldest !== undefined) {
      statements.delete(oldest);
      this.#running.delete(oldest);
      this.#count -= 1;
    }
    const [longestAgo] = this.#users.keys();
    if (this.#count > statementsMax && longestAgo !== undefined) this.#forget(longestAgo);
  }

  #forget(user: string): void {
    const statements = this.#users.get(user);
    for (const id of statements?.keys() ?? []) this.#running.delete(id);
    this.#count -= statements?.size ?? 0;
    this.#users.delete(user);
  }
}

/** Part of a text keeps the whole in memory; this does not. */
function copyOf(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le");
}
