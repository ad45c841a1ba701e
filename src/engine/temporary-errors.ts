// Errors of temporary tables. Names, types and values that PostgreSQL itself looks at have its own errors.
import { type LensError, lensError } from "../errors.ts";

export function tooManyTemporaryTables(max: number): LensError {
  return lensError("configuration_limit_exceeded", `a session may have at most ${max} temporary tables`, {
    hint: "Drop those that are no longer needed.",
  });
}

export function tooManyTemporaryRows(table: string, max: number): LensError {
  return lensError("program_limit_exceeded", `temporary table "${table}" would have more than ${max} rows`, {
    hint: "Aggregate or filter more, or add a LIMIT.",
  });
}

export function tooManyTemporaryBytes(max: number): LensError {
  return lensError(
    "program_limit_exceeded",
    `the temporary tables of the session would take more than ${max / 1024 / 1024} MiB`,
    { hint: "Select fewer columns or rows, or drop temporary tables that are no longer needed." },
  );
}

export function duplicateTable(name: string): LensError {
  return lensError("duplicate_table", `relation "${name}" already exists`);
}

export function unknownRelation(name: string): LensError {
  return lensError("undefined_table", `relation "${name}" does not exist`);
}

export function unknownSchema(name: string): LensError {
  return lensError("invalid_schema_name", `schema "${name}" does not exist`);
}

/** `kind`: table, index, view ... */
export function unknownObject(kind: string, name: string): LensError {
  const isOther = kind === "index" || kind === "foreign table";
  const state = isOther ? "undefined_object" : "undefined_table";
  return lensError(state, `${kind} "${name}" does not exist`);
}

/** `kind`: what it was taken for. */
export function wrongKindOfRelation(name: string, kind: string, own: "table" | "index"): LensError {
  const article = (word: string): string => (/^[aeiou]/.test(word) ? `an ${word}` : `a ${word}`);
  return lensError("wrong_object_type", `"${name}" is not ${article(kind)}`, {
    hint: `Use DROP ${own.toUpperCase()} to remove ${article(own)}.`,
  });
}

export function duplicateColumn(name: string): LensError {
  return lensError("duplicate_column", `column "${name}" specified more than once`);
}

export function systemColumnName(name: string): LensError {
  return lensError("duplicate_column", `column name "${name}" conflicts with a system column name`);
}

export function tooManyColumns(max: number): LensError {
  return lensError("program_limit_exceeded", `tables can have at most ${max} columns`);
}

export function tooManyColumnNames(): LensError {
  return lensError("syntax_error", "too many column names were specified");
}

export function notInTemporarySchema(position: number | undefined): LensError {
  return lensError("invalid_table_definition", "cannot create temporary relation in non-temporary schema", {
    position,
  });
}

export function temporaryTableWithoutColumns(): LensError {
  return lensError("feature_not_supported", "a temporary table without columns is not supported");
}

/** `what`: PRIMARY KEY, CHECK, LIKE ... */
export function temporaryTableFeature(what: string, hint?: string, position?: number): LensError {
  return lensError("feature_not_supported", `${what} of a temporary table is not supported`, {
    hint,
    position,
  });
}

export function temporaryColumnType(column: string, type: string, position?: number): LensError {
  return lensError(
    "feature_not_supported",
    `column "${column}" of a temporary table cannot have type ${type}`,
    {
      hint: "Cast it to text, or to another type that columns of a lens have.",
      position,
    },
  );
}

export function notNullViolated(table: string, column: string): LensError {
  return lensError(
    "not_null_violation",
    `null value in column "${column}" of relation "${table}" violates not-null constraint`,
  );
}

export function valueTooLong(type: string): LensError {
  return lensError("string_data_right_truncation", `value too long for type ${type}`);
}

export function changeReadsLens(): LensError {
  return lensError(
    "feature_not_supported",
    "UPDATE, DELETE and MERGE of a temporary table cannot read tables of the lens",
    { hint: "Select what is needed of the lens into another temporary table first." },
  );
}

export function resultTypeChanged(): LensError {
  return lensError("feature_not_supported", "cached plan must not change result type", {
    routine: "RevalidateCachedQuery",
  });
}
