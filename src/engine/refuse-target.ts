// Which error a statement gets that would change a relation which is no temporary table: as in PostgreSQL, whether there
// is such a relation is looked at before whether the transaction may write to it.
import type { Node, RangeVar } from "@pgsql/types";
import { LensError, withOptions, withoutPosition } from "../errors.ts";
import { ownSchema } from "../postgres/own-relations.ts";
import { quoteName } from "../sql/quote-name.ts";
import type { Statement } from "../sql/statement.ts";
import { sqlstates } from "../sqlstate.ts";
import { refusalOf } from "./refuse-statement.ts";
import type { SessionState } from "./session-state.ts";
import { positionIn } from "./statement-places.ts";
import { unknownSchema } from "./temporary-errors.ts";
import { temporaryNameOf, temporarySchema, writtenRelation } from "./temporary-names.ts";

/** Those of every instance. */
const schemas: ReadonlySet<string> = new Set([
  ...["public", "pg_catalog", "information_schema", "pg_toast", ownSchema, temporarySchema],
]);

/** 42P01 where the user has no such relation, in PostgreSQL's words and recorded; undefined where there is one. */
async function unknownTarget(
  state: SessionState,
  { schemaname, relname = "" }: RangeVar,
  statement: Statement,
): Promise<LensError | undefined> {
  const names = [schemaname, relname].filter((name) => name !== undefined).map((name) => quoteName(name));
  const text = `SELECT 1 FROM ${names.join(".")}`;
  try {
    await state.planInner(text, 0, [], { wholeText: text, recordedText: statement.text });
  } catch (error) {
    const isUnknown = error instanceof LensError && error.sqlstate === sqlstates.undefined_table;
    if (isUnknown) return withoutPosition(error);
  }
  return undefined;
}

/** Of a statement that is run without being analysed: 3F000, 42P01, or undefined where there is such a relation. */
export async function missingRelation(
  state: SessionState,
  relation: RangeVar,
  statement: Statement,
): Promise<LensError | undefined> {
  const { schemaname } = relation;
  if (schemaname !== undefined && !schemas.has(schemaname)) return unknownSchema(schemaname);
  return unknownTarget(state, relation, statement);
}

/** The error of an INSERT, UPDATE, DELETE or MERGE of anything but a temporary table; of others, `error`. */
export async function refusalOfWrite(
  state: SessionState,
  statement: Statement,
  error: LensError,
): Promise<LensError> {
  const relation = writtenRelation(statement.node);
  const unknown = relation === undefined ? undefined : await unknownTarget(state, relation, statement);
  if (unknown === undefined) return state.refused(statement, error);
  const position = positionIn(state.clientText, statement, relation?.location);
  return withOptions(unknown, { position });
}

interface Changed {
  readonly relations: readonly RangeVar[];
  readonly missingOk: boolean;
  readonly tag: string;
}

const relationKinds = new Set([
  ...["OBJECT_TABLE", "OBJECT_INDEX", "OBJECT_VIEW", "OBJECT_MATVIEW", "OBJECT_SEQUENCE"],
  ...["OBJECT_FOREIGN_TABLE", "OBJECT_COLUMN", "OBJECT_TABCONSTRAINT"],
]);

/** The relations that a statement changes which is run without being analysed; undefined for any other. */
function changedBy(node: Node): Changed | undefined {
  if ("TruncateStmt" in node) {
    const relations = (node.TruncateStmt.relations ?? []).map((each) =>
      "RangeVar" in each ? each.RangeVar : {},
    );
    return { relations, missingOk: false, tag: "TRUNCATE TABLE" };
  }
  if ("IndexStmt" in node)
    return { relations: [node.IndexStmt.relation ?? {}], missingOk: false, tag: "CREATE INDEX" };
  const altered =
    "AlterTableStmt" in node
      ? { ...node.AlterTableStmt, kind: node.AlterTableStmt.objtype }
      : "RenameStmt" in node
        ? { ...node.RenameStmt, kind: node.RenameStmt.renameType }
        : undefined;
  if (altered?.relation === undefined || !relationKinds.has(altered.kind ?? "")) return undefined;
  const what = /^OBJECT_(COLUMN|TABCONSTRAINT)$/.test(altered.kind ?? "") ? "OBJECT_TABLE" : altered.kind;
  const tag = `ALTER ${what?.replace("OBJECT_", "").replace("MATVIEW", "MATERIALIZED VIEW").replaceAll("_", " ")}`;
  return { relations: [altered.relation], missingOk: altered.missing_ok === true, tag };
}

export function changesRelations(node: Node): boolean {
  return changedBy(node) !== undefined;
}

/** Throws 25006, 42P01, 3F000. The command tag, where IF EXISTS finds none. */
export async function refuseChange(state: SessionState, statement: Statement): Promise<string> {
  const refusal = refusalOf(statement.node);
  const changed = changedBy(statement.node);
  if (changed === undefined || state.settings.get("transaction_read_only") === "on") throw refusal;
  for (const relation of changed.relations) {
    if (temporaryNameOf(state.temporaryTables, relation) !== undefined) continue;
    const missing = await missingRelation(state, relation, statement);
    if (missing === undefined) throw refusal;
    if (!changed.missingOk) throw missing;
    const message = `relation "${relation.relname}" does not exist, skipping`;
    state.notify({ severity: "NOTICE", sqlstate: sqlstates.successful_completion, message });
    return changed.tag;
  }
  throw refusal;
}
