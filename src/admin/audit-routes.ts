// The newest records of the audit.
import { AdminProblem, notFound } from "./admin-problem.ts";
import { type AdminRoute, instant, listOf, objectOf, text } from "./admin-route.ts";
import type { AdminSources } from "./admin-sources.ts";

const limitMax = 1000;

export function auditRoutes(sources: Pick<AdminSources, "audit">): AdminRoute[] {
  return [
    {
      method: "GET",
      url: "/v1/audit",
      summary: "The newest records of the audit file; complete is false where older ones were not looked at",
      query: objectOf(
        {
          user: text,
          table: text,
          since: instant,
          limit: { type: "integer", minimum: 1, maximum: limitMax, default: 100 },
        },
        ...["user", "table", "since", "limit"],
      ),
      answer: objectOf({
        records: listOf({ type: "object", additionalProperties: true }),
        complete: { type: "boolean" },
      }),
      problems: [404],
      async handle({ query }) {
        const given = (key: string) => (query[key] === undefined ? undefined : String(query[key]));
        const since = given("since");
        const sinceMs = since === undefined ? undefined : Date.parse(since);
        if (Number.isNaN(sinceMs)) throw new AdminProblem(400, "BAD_REQUEST", "since is no time");
        const limit = Number(query["limit"]);
        const found = await sources.audit({ user: given("user"), table: given("table"), sinceMs, limit });
        if (found === undefined) throw notFound("no audit is written");
        return found;
      },
    },
  ];
}
