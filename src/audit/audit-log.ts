// The contract of an audit log.
import type { AuditRecord } from "./audit-record.ts";

export interface AuditLog {
  /**
   * Resolves when the record is written as `audit.fsync` asks. With `audit.required`, rejects with 58030 when it cannot
   * be written; else the failure is an event only. Records are written in the order of the calls.
   */
  write(record: AuditRecord): Promise<void>;
  close(): Promise<void>;
}

/** The log, with each record shown to `see` before it is written. */
export function watchedLog(log: AuditLog, see: (record: AuditRecord) => void): AuditLog {
  return {
    write: (record) => {
      see(record);
      return log.write(record);
    },
    close: () => log.close(),
  };
}
