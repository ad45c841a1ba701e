// The errors of compiling a statement over a lens.
import { type LensError, lensError } from "../errors.ts";

type Position = number | undefined;

const acceptedWrappers =
  "Accepted around a measure are MEASURE; SUM, AVG, MIN, MAX and ANY_VALUE (also around CASE WHEN condition THEN " +
  "measure END); COUNT around a count; COUNT(DISTINCT) around a count_distinct; STRING_AGG around a string; " +
  "BOOL_AND and BOOL_OR around a boolean measure.";

export function measureInWhere(measure: string, position: Position): LensError {
  return lensError("grouping_error", `measure "${measure}" is not allowed in WHERE`, {
    position,
    hint: `Use HAVING MEASURE(${measure}) to filter groups by the measure.`,
  });
}

export function measureInJoin(measure: string, position: Position): LensError {
  return lensError("grouping_error", `measure "${measure}" is not allowed in a join condition`, {
    position,
    hint: "Compute the measure in a subquery with GROUP BY and join that.",
  });
}

export function measureInGroupBy(measure: string, position: Position): LensError {
  return lensError("grouping_error", `measure "${measure}" is not allowed in GROUP BY`, {
    position,
    hint: "Compute the measure in a subquery and group the subquery's rows by it.",
  });
}

export function measureMisplaced(measure: string, position: Position): LensError {
  return lensError("grouping_error", `measure "${measure}" is not allowed here`, {
    position,
    hint: `Write MEASURE(${measure}) in the select list, in HAVING or in ORDER BY.`,
  });
}

export function measureArgument(position: Position): LensError {
  return lensError("grouping_error", "the argument of MEASURE must be exactly one measure column", {
    position,
    hint: "Write MEASURE(name) with the name of a measure, without DISTINCT or ORDER BY.",
  });
}

export function measureWrapper(aggregate: string, position: Position): LensError {
  return lensError("grouping_error", `a measure cannot be used inside this ${aggregate}`, {
    position,
    hint: acceptedWrappers,
  });
}

export function measureOverWindow(position: Position): LensError {
  return lensError("feature_not_supported", "MEASURE cannot be a window function", {
    position,
    hint: "Write SUM(MEASURE(x)) OVER (...): the window is computed over the groups.",
  });
}

export function outerMeasure(measure: string, position: Position): LensError {
  return lensError(
    "feature_not_supported",
    `measure "${measure}" of an outer query cannot be used inside a subquery`,
    { position, hint: "Compute the measure in a subquery in FROM and refer to its column." },
  );
}

export function dimensionOutsideKeys(column: string, position: Position): LensError {
  return lensError(
    "grouping_error",
    `column "${column}" must be a column of the select list, because a measure groups this query`,
    { position, hint: `Add "${column}" to the select list, or use GROUP BY.` },
  );
}

export function noJoinPath(options: {
  readonly tables: readonly string[];
  readonly joins: readonly string[];
  readonly position: Position;
}): LensError {
  const [first, second] = options.tables;
  return lensError("undefined_table", `the model has no join between "${first}" and "${second}"`, {
    position: options.position,
    detail:
      options.joins.length === 0
        ? "The model declares no joins for these tables."
        : `The joins that exist are: ${options.joins.join(", ")}.`,
    hint: "Write an explicit JOIN ... ON condition, or name the tables that lie between.",
  });
}

export function crossBesideJoin(table: string, other: string, position: Position): LensError {
  return lensError("feature_not_supported", `CROSS JOIN of "${table}" beside an explicit join`, {
    position,
    hint: `Write JOIN "${table}" ON its condition with "${other}", or CROSS JOIN all of them: the model joins them.`,
  });
}

export function ambiguousJoinPath(options: {
  readonly tables: readonly string[];
  readonly paths: readonly string[];
  readonly position: Position;
}): LensError {
  const [first, second] = options.tables;
  return lensError("ambiguous_column", `the join path from "${first}" to "${second}" is ambiguous`, {
    position: options.position,
    hint:
      options.paths.length === 0
        ? "Write an explicit JOIN ... ON condition."
        : `Name a table in between to choose a path: ${options.paths.join(" or ")}.`,
  });
}

/** A table that clients may not know of has no name in a message. */
type ShownTable = string | undefined;

const shownOrNot = (table: ShownTable): string => (table === undefined ? "a table" : `table "${table}"`);

export function multipliedWithoutKey(table: ShownTable, measure: string, position: Position): LensError {
  const rows = table === undefined ? "a table" : `"${table}"`;
  return lensError(
    "feature_not_supported",
    `measure "${measure}" cannot be computed: the join multiplies the rows of ${rows}, which has no primary key`,
    {
      position,
      hint: `Declare a primary key for ${rows} in the model, or compute the measure in a subquery.`,
    },
  );
}

export function measureNeedsOneTable(table: ShownTable, measure: string, position: Position): LensError {
  return lensError(
    "feature_not_supported",
    `measure "${measure}" reads ${shownOrNot(table)}, which the model does not join to the tables of this query`,
    {
      position,
      hint:
        table === undefined
          ? "Compute the measure in a statement over its own table alone."
          : `Add "${table}" to FROM.`,
    },
  );
}

export function measureOfSeveral(table: ShownTable, measure: string, position: Position): LensError {
  return lensError(
    "feature_not_supported",
    `measure "${measure}" reads ${shownOrNot(table)}, which stands several times in this query`,
    { position, hint: "Compute the measure in a subquery with GROUP BY and join that." },
  );
}

/** No name: the dimension may be one that clients may not know of. */
export function filterDoesNotReach(position: Position): LensError {
  return lensError(
    "feature_not_supported",
    "WHERE reaches into a sub-query dimension that this statement reads, and this condition cannot be told to it",
    {
      position,
      hint: "Write it over columns of tables that the model joins, without subqueries and without the dimension.",
    },
  );
}

export function rollingOverSeveralTimes(measure: string, position: Position): LensError {
  return lensError(
    "grouping_error",
    `the rolling measure "${measure}" needs one period of time, and the groups have several`,
    {
      position,
      hint: "Group by one time dimension or by date_trunc() of one; compute the others from it in an outer query.",
    },
  );
}

export function rollingKeyNotAPeriod(measure: string, position: Position): LensError {
  return lensError(
    "grouping_error",
    `the rolling measure "${measure}" needs a period of time, and a group expression makes none of its time dimension`,
    {
      position,
      hint: "Group by the time dimension or by date_trunc() of it; take parts of it, like its year, in an outer query.",
    },
  );
}

export function rollingWithoutTime(measure: string, times: readonly string[], position: Position): LensError {
  const example = times.length === 0 ? "a time dimension" : `one of ${times.join(", ")}`;
  return lensError(
    "grouping_error",
    `the rolling measure "${measure}" needs a period of time, and its table has no single time dimension`,
    { position, hint: `Group by ${example} or by date_trunc() of it.` },
  );
}

export function rollingFilterNotARange(measure: string, position: Position): LensError {
  return lensError(
    "grouping_error",
    `the rolling measure "${measure}" needs a period of time, and the filter on its time dimension is no range`,
    {
      position,
      hint: "Filter the time dimension by >=, < or BETWEEN only, or group by date_trunc() of it.",
    },
  );
}

export function systemColumn(table: string, position: Position): LensError {
  return lensError("undefined_column", `table "${table}" has no system columns`, {
    position,
    hint: "Name the columns of the primary key to tell rows apart.",
  });
}

export function wholeRow(table: string, position: Position): LensError {
  return lensError("feature_not_supported", `a whole row of "${table}" cannot be used as a value`, {
    position,
    hint: "Name the columns that are needed.",
  });
}

export function catalogBesideLens(relation: string, position: Position): LensError {
  return lensError(
    "feature_not_supported",
    `the catalog relation "${relation}" cannot be read together with a lens table`,
    { position, hint: "Ask for the two in separate statements." },
  );
}

export function tooManyQueries(queriesMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `Measures over joined rows repeat the FROM of their block; the query would hold more than ${queriesMax} SELECTs.`,
    hint: "Compute inner measures in a WITH query that has a GROUP BY, and join that.",
  });
}

export function tooManyTables(tablesMax: number): LensError {
  return lensError("statement_too_complex", "the statement is too complex", {
    detail: `Through the subqueries that it reads, one FROM joins more than ${tablesMax} tables of the lens.`,
    hint: "Give the inner queries a GROUP BY or a DISTINCT.",
  });
}
