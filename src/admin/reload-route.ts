// Serving the files as they are now.
import { AdminProblem } from "./admin-problem.ts";
import { type AdminRoute, listOf, objectOf, text } from "./admin-route.ts";
import type { AdminSources } from "./admin-sources.ts";

export function reloadRoute(sources: Pick<AdminSources, "reload">): AdminRoute {
  return {
    method: "POST",
    url: "/v1/reload",
    summary: "Reads models, users and certificates anew, and serves them if all are good",
    answer: objectOf({ status: text, problems: listOf(text) }),
    problems: [422],
    async handle() {
      const { done, problems } = await sources.reload();
      if (done) return { status: "reloaded", problems };
      throw new AdminProblem(422, "NOT_RELOADED", "what was served before is still served", { problems });
    },
  };
}
