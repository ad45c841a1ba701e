// The schema `lenswire`: relations in which users see what is theirs, such as their limits. Their rows are the session's
// and come with the statement; an instance has none.
import { quoteText } from "./quoting.ts";
import { rowsOfSettingSql } from "./setting-rows.ts";

interface OwnRelation {
  readonly comment: string;
  /** Name, type and comment. */
  readonly columns: readonly (readonly [name: string, type: string, comment: string])[];
}

export const ownSchema = "lenswire";

const ownRelations = {
  limits: {
    comment: "the user's limits, and how far they are used at this moment",
    columns: [
      ["limit", "text", "its name in the configuration or the group"],
      ["max", "bigint", "how much there may be"],
      ["used", "bigint", "how much of it is used"],
      ["remaining", "bigint", "how much is left"],
      [
        "resets_in_ms",
        "double precision",
        "milliseconds until there is room again; NULL for what no time frees",
      ],
    ],
  },
  sessions: {
    comment: "the user's own sessions, on this server",
    columns: [
      ["id", "bigint", "its number"],
      ["is_current", "boolean", "whether it is this one"],
      ["lens", "text", "the lens that it reads"],
      ["database", "text", "the name that it connected with"],
      ["client_address", "text", "where it comes from"],
      ["application_name", "text", "what it calls itself"],
      ["since", "timestamptz", "when it was opened"],
      ["state", "text", "as pg_stat_activity says it"],
      ["statement", "text", "what runs"],
      ["statement_ms", "double precision", "for how long it has run, in milliseconds"],
    ],
  },
  queries: {
    comment: "the user's newest statements that read a lens, since the server was started",
    columns: [
      ["id", "uuid", "as in the audit"],
      ["started", "timestamptz", "when it was asked"],
      ["lens", "text", "the lens that it read"],
      ["statement", "text", "its text, the beginning of a long one"],
      ["outcome", "text", "SQLSTATE, 00000 for success; NULL while it runs"],
      ["rows", "bigint", "rows that were sent"],
      ["duration_ms", "double precision", "milliseconds"],
    ],
  },
  lineage: {
    comment: "what the statements of lenswire.queries over this lens read",
    columns: [
      ["query_id", "uuid", "of lenswire.queries"],
      ["kind", "text", "table, member, segment (a row filter that held) or masked (a member)"],
      ["name", "text", "of the table, or table.member"],
    ],
  },
} as const satisfies Readonly<Record<string, OwnRelation>>;

export type OwnRelationName = keyof typeof ownRelations;

export const ownRelationNames = Object.keys(ownRelations) as readonly OwnRelationName[];

/** Rows by relation, in JSON: arrays of objects with the columns' names. */
export type OwnState = Readonly<Record<OwnRelationName, string>>;

/** The settings that tell an instance of them. */
export function ownSettingsOf(state: OwnState): Readonly<Record<string, string>> {
  return Object.fromEntries(ownRelationNames.map((name) => [settingOf(name), state[name]]));
}

function settingOf(name: OwnRelationName): string {
  return `lenswire.own_${name}`;
}

type Columns = OwnRelation["columns"];

function relationSql(name: OwnRelationName, queryOf: (name: OwnRelationName, columns: Columns) => string) {
  const { comment, columns }: OwnRelation = ownRelations[name];
  const view = `${ownSchema}.${name}`;
  return [
    `CREATE VIEW ${view} AS ${queryOf(name, columns)}`,
    `COMMENT ON VIEW ${view} IS ${quoteText(comment)}`,
    ...columns.map(([column, , text]) => `COMMENT ON COLUMN ${view}."${column}" IS ${quoteText(text)}`),
  ];
}

/** The schema with its relations, over rows that a SELECT gives. */
export function ownRelationsSql(
  queryOf: (name: OwnRelationName, columns: Columns) => string,
): readonly string[] {
  return [
    `CREATE SCHEMA ${ownSchema}`,
    `COMMENT ON SCHEMA ${ownSchema} IS 'what is the user''s own on this server'`,
    ...ownRelationNames.flatMap((name) => relationSql(name, queryOf)),
    `GRANT USAGE ON SCHEMA ${ownSchema} TO PUBLIC`,
    `GRANT SELECT ON ALL TABLES IN SCHEMA ${ownSchema} TO PUBLIC`,
  ];
}

/** As instances have it. */
export const ownSchemaSql: readonly string[] = [
  ...ownRelationNames.map((name) => {
    const columns = ownRelations[name].columns.map(([column, type]) => `"${column}" ${type}`);
    return rowsOfSettingSql(`lenswire_${name}`, settingOf(name), columns);
  }),
  ...ownRelationsSql((name) => `SELECT * FROM pg_catalog.lenswire_${name}()`),
];
