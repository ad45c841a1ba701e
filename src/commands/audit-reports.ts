// The reports of `lenswire audit`: queries over the audit, and what the models say of their members.
import type { LinkedModel } from "../model/model.ts";
import type { TextTable } from "./audit-database.ts";

export interface NamedModel {
  /** As the records name it. */
  readonly lens: string;
  readonly model: LinkedModel;
}

export interface Report {
  readonly sql: string;
  /** Undefined where the report needs nothing of the models. */
  readonly tablesOf: ((models: readonly NamedModel[]) => readonly TextTable[]) | undefined;
}

/** What an operator explains is recorded under this name: nobody was shown a row. */
const byReaders = `event = 'opened' AND "user" <> '(operator)'`;

export const reports: Readonly<Record<string, Report>> = {
  usage: {
    sql: `SELECT coalesce(m.lens, u.lens) AS lens, coalesce(m.member, u.member) AS member,
        coalesce(m.kind, 'not in the model') AS kind, coalesce(u.statements, 0) AS statements,
        coalesce(u.users, 0) AS users, u.last_use
      FROM model_members AS m FULL JOIN (
        SELECT lens, member, count(*) AS statements, count(DISTINCT "user") AS users, max(time) AS last_use
        FROM (SELECT lens, "user", time, unnest(list_distinct(members)) AS member FROM audit WHERE ${byReaders})
        GROUP BY ALL) AS u ON u.lens = m.lens AND u.member = m.member
      ORDER BY statements DESC, lens, member`,
    tablesOf: (models) => [membersTable(models)],
  },
  unmasked: {
    sql: `SELECT lens, member, "user", "group", count(*) AS statements, min(time) AS first_read, max(time) AS last_read
      FROM (SELECT lens, "user", "group", time, unnest(unmasked) AS member FROM audit WHERE ${byReaders})
      GROUP BY ALL ORDER BY lens, member, "user", "group"`,
    tablesOf: undefined,
  },
  refused: {
    sql: `SELECT time, event, "user", lens, "group", clientAddress, outcome, message, sql FROM audit
      WHERE event <> 'opened' AND outcome <> '00000' ORDER BY time`,
    tablesOf: undefined,
  },
};

/** What clients can name: members of tables, and those that views show. */
function membersTable(models: readonly NamedModel[]): TextTable {
  const rows = models.flatMap(({ lens, model }) => {
    const inViews = new Set(
      [...model.views.values()].flatMap((view) =>
        view.public ? view.members.map(({ table, member }) => `${table}.${member}`) : [],
      ),
    );
    return [...model.tables.values()].flatMap((table) =>
      [...table.dimensions, ...table.measures, ...table.segments]
        .map((member) => ({ ...member, key: `${table.name}.${member.name}` }))
        .filter((member) => (table.public && member.public) || inViews.has(member.key))
        .map(({ key, kind }) => [lens, key, kind]),
    );
  });
  return { name: "model_members", columns: ["lens", "member", "kind"], rows };
}
