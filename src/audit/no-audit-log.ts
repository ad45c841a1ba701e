// The audit log of a server whose configuration has none.
import type { AuditLog } from "./audit-log.ts";

export const noAuditLog: AuditLog = {
  async write() {},
  async close() {},
};
