// What a statement makes of a temporary table: PostgreSQL runs CREATE TABLE, ALTER TABLE and CREATE INDEX, and says what the
// table is then.
import type { ColumnDef } from "@pgsql/types";
import type {
  ColumnDescription,
  ConstraintDescription,
  TableDescription,
} from "../postgres/describe-temporary-table.ts";
import type { RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import type { NewTemporaryTable, TemporaryColumn, TemporaryConstraint } from "../temporary-table.ts";
import type { SessionState } from "./session-state.ts";
import { charactersBefore, moved } from "./statement-places.ts";
import { temporaryTableFeature, temporaryTableWithoutColumns } from "./temporary-errors.ts";
import { supportedType } from "./temporary-types.ts";

export interface AskedDefinition {
  /** The table's name afterwards. */
  readonly name: string;
  /** Its name before; undefined where it is made. */
  readonly target: string | undefined;
}

/** Nothing of the session is changed yet. Rejects with PostgreSQL's own errors, and 0A000 for what is not kept here. */
export async function askDefinition(
  state: SessionState,
  statement: Statement,
  asked: AskedDefinition,
): Promise<{ readonly made: NewTemporaryTable; readonly rows: RowStream }> {
  const { context, signal } = state;
  try {
    const answer = state.options.queries.define({ ...asked, statement, context, signal });
    const { definition, rows, notices } = await state.raced(answer);
    for (const notice of notices) state.notify(notice);
    return { made: tableOf(asked.name, definition), rows };
  } catch (error) {
    throw moved(error, charactersBefore(state.clientText, statement));
  }
}

function tableOf(name: string, description: TableDescription): NewTemporaryTable {
  if (description.columns.length === 0) throw temporaryTableWithoutColumns();
  const columns = description.columns.map(columnOf);
  const constraints = description.constraints.map(constraintOf);
  if (!description.isSelfContained)
    throw temporaryTableFeature("a DEFAULT, constraint or index over another object", "Leave it out.");
  return { name, columns, constraints, indexes: description.indexes };
}

function columnOf(column: ColumnDescription): TemporaryColumn {
  const { name, typeOid, typeModifier, notNull } = column;
  if (column.isCollated) throw temporaryTableFeature("COLLATE");
  if (column.isIdentity) throw temporaryTableFeature("IDENTITY", numbersHint);
  if (column.isGenerated) throw temporaryTableFeature("GENERATED", "Leave it out.");
  const type = supportedType(name, typeOid, typeModifier);
  return { name, typeOid, typeModifier, typeName: type, notNull, default: column.default ?? undefined };
}

function constraintOf(constraint: ConstraintDescription): TemporaryConstraint {
  const { name, kind, definition } = constraint;
  if (kind === "f") throw temporaryTableFeature("FOREIGN KEY", "Leave it out.");
  if (!constraint.isValid) throw temporaryTableFeature("NOT VALID", "Leave it out.");
  if (constraint.isDeferred) throw temporaryTableFeature("INITIALLY DEFERRED", "Leave it out.");
  return { name, kind, definition };
}

const numbersHint = "Make the column an integer, and insert the numbers.";
const serials = new Set(["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"]);

/** Throws 0A000 for a column whose default is a sequence. */
export function refuseSerial({ typeName }: ColumnDef): void {
  const names = (typeName?.names ?? []).map((each) => ("String" in each ? (each.String.sval ?? "") : ""));
  if (names.length === 1 && serials.has(names[0] ?? ""))
    throw temporaryTableFeature(`a column of type ${names[0]}`, numbersHint);
}
