// The lenses that are served, what a group sees of them, and what would run for whom.
import { LensError } from "../errors.ts";
import { AdminProblem, notFound } from "./admin-problem.ts";
import { type AdminRoute, listOf, objectOf, type RouteRequest, text, wholeNumber } from "./admin-route.ts";
import type { AdminSources, ExplainRequest } from "./admin-sources.ts";

const name = { ...text, minLength: 1 };

const lens = objectOf({
  name: text,
  databases: listOf(text),
  version: text,
  groups: listOf(text),
  tables: wholeNumber,
  views: wholeNumber,
});

const column = objectOf(
  {
    name: text,
    kind: { type: "string", enum: ["dimension", "measure", "segment"] },
    type: text,
    measureType: text,
    description: text,
    member: text,
    masked: { type: "string", enum: ["redact", "md5"] },
  },
  "measureType",
  "description",
  "masked",
);

const table = objectOf(
  {
    name: text,
    kind: { type: "string", enum: ["table", "view"] },
    description: text,
    primaryKey: listOf(text),
    columns: listOf(column),
    joins: listOf(objectOf({ to: text, relationship: text })),
    segmentsApplied: listOf(text),
  },
  "description",
);

const lineageUses = listOf(
  objectOf(
    {
      member: text,
      column: text,
      use: {
        type: "string",
        enum: [
          ...["identity", "transformation", "aggregation"],
          ...["conditional", "filter", "group", "join", "sort", "window"],
        ],
      },
      masked: { type: "string", enum: ["redact", "md5"] },
    },
    "member",
    "column",
    "masked",
  ),
);

const explained = objectOf({
  sql: text,
  parameters: listOf(
    objectOf(
      { number: wholeNumber, bound: text, attribute: text, type: text },
      "number",
      "bound",
      "attribute",
    ),
  ),
  columns: listOf(objectOf({ name: text, type: text })),
  group: text,
  tables: listOf(text),
  members: listOf(text),
  segmentsApplied: listOf(text),
  membersMasked: listOf(text),
  lineage: objectOf({
    members: listOf(text),
    columns: listOf(objectOf({ table: text, columns: listOf(text), all: { type: "boolean" } })),
    statement: objectOf({
      columns: listOf(objectOf({ name: text, type: text, direct: lineageUses, indirect: lineageUses })),
      rows: lineageUses,
      members: listOf(objectOf({ member: text, columns: listOf(text) })),
    }),
  }),
});

export function lensRoutes(sources: Pick<AdminSources, "lenses" | "meta" | "explain">): AdminRoute[] {
  return [
    {
      method: "GET",
      url: "/v1/lenses",
      summary: "Lenses that are served",
      answer: objectOf({ lenses: listOf(lens) }),
      handle: async () => ({ lenses: sources.lenses() }),
    },
    {
      method: "GET",
      url: "/v1/lenses/:name/meta",
      summary: "A lens as a group sees it: tables, columns, types, masks, joins, row filters",
      params: objectOf({ name }),
      query: objectOf({ group: name }),
      answer: objectOf({ lens: text, group: text, version: text, tables: listOf(table) }),
      problems: [404],
      async handle({ params, query }) {
        const asked = { lens: String(params["name"]), group: String(query["group"]) };
        const meta = sources.meta(asked.lens, asked.group);
        if (typeof meta === "string") throw missing(meta, asked[meta]);
        return meta;
      },
    },
    {
      method: "POST",
      url: "/v1/explain",
      summary: "What the warehouse would run for a user or a group, without running it",
      body: {
        ...objectOf({ lens: name, user: name, group: name, sql: name }, "user", "group"),
        oneOf: [{ required: ["user"] }, { required: ["group"] }],
      },
      answer: explained,
      problems: [404, 422],
      handle: (request) => explain(sources, request),
    },
  ];
}

async function explain(sources: Pick<AdminSources, "explain">, request: RouteRequest): Promise<unknown> {
  const { body, clientAddress, signal } = request;
  const asked = { lens: String(body["lens"]), user: String(body["user"]), group: String(body["group"]) };
  const reader: ExplainRequest["reader"] =
    body["user"] === undefined ? { group: asked.group } : { user: asked.user };
  try {
    const answer = await sources.explain({
      lens: asked.lens,
      reader,
      sql: String(body["sql"]),
      clientAddress,
      signal,
    });
    if (typeof answer === "string") throw missing(answer, asked[answer]);
    return answer;
  } catch (error) {
    if (!(error instanceof LensError)) throw error;
    const { sqlstate, message, position, detail, hint } = error;
    throw new AdminProblem(422, sqlstate, message, { position, detail, hint });
  }
}

function missing(what: "lens" | "group" | "user", called: string): AdminProblem {
  return notFound(`there is no ${what} "${called}"`);
}
