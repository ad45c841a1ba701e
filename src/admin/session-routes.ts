// Who is connected, and ending what they run.
import { notFound } from "./admin-problem.ts";
import { type AdminRoute, instant, listOf, objectOf, text, wholeNumber } from "./admin-route.ts";
import type { AdminSources, ListedSession } from "./admin-sources.ts";

const session = objectOf(
  {
    id: wholeNumber,
    user: text,
    group: text,
    lens: text,
    database: text,
    clientAddress: text,
    applicationName: text,
    since: instant,
    state: {
      type: "string",
      enum: ["active", "idle", "idle in transaction", "idle in transaction (aborted)"],
    },
    statement: objectOf({ text, durationMs: { type: "number" } }),
  },
  "group",
  "statement",
);

const params = objectOf({ id: { type: "integer", minimum: 1 } });

export function sessionRoutes(
  sources: Pick<AdminSources, "sessions" | "cancel" | "terminate">,
): AdminRoute[] {
  const actOn = (act: (id: number) => boolean, status: string): AdminRoute["handle"] => {
    return async ({ params: { id } }) => {
      if (!act(Number(id))) throw notFound(`there is no session ${id}`);
      return { status };
    };
  };
  return [
    {
      method: "GET",
      url: "/v1/sessions",
      summary: "Sessions that are logged in, and what they run",
      answer: objectOf({ sessions: listOf(session) }),
      handle: async () => ({ sessions: sources.sessions().map(shown) }),
    },
    {
      method: "POST",
      url: "/v1/sessions/:id/cancel",
      summary: "Cancels the session's statement (57014)",
      params,
      answer: objectOf({ status: text }),
      problems: [404],
      handle: actOn((id) => sources.cancel(id), "cancelled"),
    },
    {
      method: "DELETE",
      url: "/v1/sessions/:id",
      summary: "Ends the session (57P01)",
      params,
      answer: objectOf({ status: text }),
      problems: [404],
      handle: actOn((id) => sources.terminate(id), "ended"),
    },
  ];
}

function shown(info: ListedSession) {
  const { id, group, lens, databaseName: database, clientAddress, applicationName, state, statement } = info;
  const since = new Date(info.sinceMs).toISOString();
  const { user } = info.identity;
  return { id, user, group, lens, database, clientAddress, applicationName, since, state, statement };
}
