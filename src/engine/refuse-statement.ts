// Statements that are never run: writes, and what this server does not have.
import type { Node } from "@pgsql/types";
import type { LensError } from "../errors.ts";
import { commandForbidden, commandNotSupported, readOnly } from "./session-errors.ts";

/** PostgreSQL's command names of statements that change something, for its 25006. */
const writes: Readonly<Record<string, string>> = {
  InsertStmt: "INSERT",
  UpdateStmt: "UPDATE",
  DeleteStmt: "DELETE",
  MergeStmt: "MERGE",
  TruncateStmt: "TRUNCATE TABLE",
  CreateStmt: "CREATE TABLE",
  CreateTableAsStmt: "CREATE TABLE AS",
  CreateSchemaStmt: "CREATE SCHEMA",
  CreateSeqStmt: "CREATE SEQUENCE",
  CreateFunctionStmt: "CREATE FUNCTION",
  CreateTrigStmt: "CREATE TRIGGER",
  CreateExtensionStmt: "CREATE EXTENSION",
  CreateRoleStmt: "CREATE ROLE",
  CreateDomainStmt: "CREATE DOMAIN",
  CreateEnumStmt: "CREATE TYPE",
  CompositeTypeStmt: "CREATE TYPE",
  CreateRangeStmt: "CREATE TYPE",
  ViewStmt: "CREATE VIEW",
  IndexStmt: "CREATE INDEX",
  ReindexStmt: "REINDEX",
  RuleStmt: "CREATE RULE",
  CreatePolicyStmt: "CREATE POLICY",
  CreateStatsStmt: "CREATE STATISTICS",
  CreateCastStmt: "CREATE CAST",
  CreatePublicationStmt: "CREATE PUBLICATION",
  RefreshMatViewStmt: "REFRESH MATERIALIZED VIEW",
  DropRoleStmt: "DROP ROLE",
  AlterRoleStmt: "ALTER ROLE",
  AlterRoleSetStmt: "ALTER ROLE",
  AlterDatabaseStmt: "ALTER DATABASE",
  AlterDatabaseSetStmt: "ALTER DATABASE",
  AlterSeqStmt: "ALTER SEQUENCE",
  AlterEnumStmt: "ALTER TYPE",
  CommentStmt: "COMMENT",
  SecLabelStmt: "SECURITY LABEL",
  AlterDefaultPrivilegesStmt: "ALTER DEFAULT PRIVILEGES",
  DropOwnedStmt: "DROP OWNED",
  ReassignOwnedStmt: "REASSIGN OWNED",
  CreatedbStmt: "CREATE DATABASE",
  DropdbStmt: "DROP DATABASE",
  LockStmt: "LOCK TABLE",
};

/** What would reach the server's own machine or other sessions. */
const forbidden: Readonly<Record<string, string>> = {
  DoStmt: "DO",
  LoadStmt: "LOAD",
  CheckPointStmt: "CHECKPOINT",
  AlterSystemStmt: "ALTER SYSTEM",
  CallStmt: "CALL",
};

/** The error of a statement whose node has no other meaning here. */
export function refusalOf(node: Node): LensError {
  const kind = Object.keys(node)[0] ?? "";
  if ("VacuumStmt" in node && node.VacuumStmt.is_vacuumcmd !== true) return commandNotSupported("ANALYZE");
  if ("CopyStmt" in node) return commandForbidden("COPY to or from a file");
  const write = writeOnObject(node) ?? writes[kind];
  if (write !== undefined) return readOnly(write);
  const command = forbidden[kind];
  if (command !== undefined) return commandForbidden(command);
  return commandNotSupported(spellNode(kind));
}

/** The command name of statements that name a kind of object. */
function writeOnObject(node: Node): string | undefined {
  if ("DropStmt" in node) return `DROP ${spellObject(node.DropStmt.removeType)}`;
  if ("AlterTableStmt" in node) return `ALTER ${spellObject(node.AlterTableStmt.objtype)}`;
  if ("RenameStmt" in node) return `ALTER ${spellObject(node.RenameStmt.renameType)}`;
  if ("AlterOwnerStmt" in node) return `ALTER ${spellObject(node.AlterOwnerStmt.objectType)}`;
  if ("AlterObjectSchemaStmt" in node) return `ALTER ${spellObject(node.AlterObjectSchemaStmt.objectType)}`;
  if ("DefineStmt" in node) return `CREATE ${spellObject(node.DefineStmt.kind)}`;
  if ("GrantStmt" in node) return node.GrantStmt.is_grant === true ? "GRANT" : "REVOKE";
  if ("GrantRoleStmt" in node) return node.GrantRoleStmt.is_grant === true ? "GRANT ROLE" : "REVOKE ROLE";
  return undefined;
}

function spellObject(type: string | undefined): string {
  if (type === "OBJECT_MATVIEW") return "MATERIALIZED VIEW";
  if (type === "OBJECT_COLUMN" || type === "OBJECT_TABCONSTRAINT") return "TABLE";
  return (type ?? "OBJECT_TABLE").replace("OBJECT_", "").replaceAll("_", " ");
}

/** `VacuumStmt` as `VACUUM`, `AlterTableSpaceOptionsStmt` as `ALTER TABLE SPACE OPTIONS`. */
function spellNode(kind: string): string {
  return kind
    .replace(/Stmt$/, "")
    .replace(/(?<=[a-z])(?=[A-Z])/g, " ")
    .toUpperCase();
}

/** What a SELECT does besides reading, or undefined. */
export function refusalOfSelect(
  select: Extract<Node, { SelectStmt: unknown }>["SelectStmt"],
): LensError | undefined {
  if (select.intoClause !== undefined) return readOnly("SELECT INTO");
  const strength = lockStrengthOf(select);
  if (strength !== undefined) return readOnly(`SELECT ${strength}`);
  // Data-modifying statements are allowed in the topmost WITH only; PostgreSQL refuses others itself.
  for (const each of select.withClause?.ctes ?? []) {
    const query = "CommonTableExpr" in each ? each.CommonTableExpr.ctequery : undefined;
    const write = query === undefined ? undefined : writes[Object.keys(query)[0] ?? ""];
    if (write !== undefined) return readOnly("SELECT");
  }
  return undefined;
}

const lockStrengths: Readonly<Record<string, string>> = {
  LCS_FORKEYSHARE: "FOR KEY SHARE",
  LCS_FORSHARE: "FOR SHARE",
  LCS_FORNOKEYUPDATE: "FOR NO KEY UPDATE",
  LCS_FORUPDATE: "FOR UPDATE",
};

function lockStrengthOf(select: Extract<Node, { SelectStmt: unknown }>["SelectStmt"]): string | undefined {
  const clause = select.lockingClause?.[0];
  if (clause === undefined || !("LockingClause" in clause)) return undefined;
  return lockStrengths[clause.LockingClause.strength ?? ""] ?? "FOR UPDATE";
}
