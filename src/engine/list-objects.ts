// What pg_cursors, pg_prepared_statements, pg_stat_ssl, pg_settings and current_setting() show of a session: the catalog's instance is told.
import type { SessionObjects } from "../catalog/answer-catalog-query.ts";
import type { Portals } from "./portals.ts";
import type { TlsSession } from "./session-options.ts";
import type { Settings } from "./settings.ts";
import { columnsOf } from "./statement-plan.ts";

/**
 * As JSON, named as the columns are. Differs from PostgreSQL: a cursor that goes back only because it is free is not
 * listed as scrollable, and plans are not counted.
 */
export function listObjects(
  portals: Portals,
  settings: Settings,
  tls: TlsSession | undefined,
): SessionObjects {
  const cursors = [...portals.all()].map(({ name, text, cursor, createdMs }) => ({
    name,
    statement: text,
    is_holdable: cursor.holdable,
    is_binary: cursor.isBinary,
    is_scrollable: cursor.scroll === "yes",
    creation_time: new Date(createdMs).toISOString(),
  }));
  const statements = [...portals.statements]
    .filter(([name]) => name !== "")
    .map(([name, { plan, parameterTypes, text, fromSql, preparedMs }]) => ({
      name,
      statement: text,
      prepare_time: new Date(preparedMs).toISOString(),
      parameter_types: parameterTypes.map(String),
      result_types: columnsOf(plan)?.map(({ typeOid }) => String(typeOid)),
      from_sql: fromSql,
      generic_plans: 0,
      custom_plans: 0,
    }));
  return {
    cursors: JSON.stringify(cursors),
    statements: JSON.stringify(statements),
    settings: JSON.stringify(Object.fromEntries(settings.values())),
    said: JSON.stringify(settings.said()),
    tls: JSON.stringify(tls ?? {}),
  };
}
