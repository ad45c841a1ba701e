// How far a user's limits are used.
import { LensError } from "../errors.ts";
import { AdminProblem } from "./admin-problem.ts";
import { type AdminRoute, listOf, objectOf, type Schema, text, wholeNumber } from "./admin-route.ts";
import type { AdminSources } from "./admin-sources.ts";

const resetsInMs: Schema = { type: "number", description: "Milliseconds; absent for what no time frees" };

export function limitRoute(sources: Pick<AdminSources, "limits">): AdminRoute {
  return {
    method: "GET",
    url: "/v1/limits",
    summary: "A user's limits, and how far they are used at this moment",
    query: objectOf({ user: { ...text, minLength: 1 } }),
    answer: objectOf({
      user: text,
      limits: listOf(
        objectOf({ limit: text, used: wholeNumber, max: wholeNumber, resetsInMs }, "resetsInMs"),
      ),
    }),
    problems: [503],
    async handle({ query }) {
      const user = String(query["user"]);
      return { user, limits: await sources.limits(user).catch(unavailable) };
    },
  };
}

/** Where the store of limits is away. */
function unavailable(error: unknown): never {
  if (!(error instanceof LensError)) throw error;
  const { sqlstate, message, detail, hint } = error;
  throw new AdminProblem(503, sqlstate, message, { detail, hint });
}
