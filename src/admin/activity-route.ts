// What the last hour's statements were like.
import { type AdminRoute, instant, listOf, objectOf, type Schema, text, wholeNumber } from "./admin-route.ts";
import type { AdminSources } from "./admin-sources.ts";

const duration: Schema = { type: "number", description: "Milliseconds" };

const minute = objectOf(
  {
    start: instant,
    statements: wholeNumber,
    failed: wholeNumber,
    refused: wholeNumber,
    rows: wholeNumber,
    p50Ms: duration,
    p95Ms: duration,
  },
  "p50Ms",
  "p95Ms",
);

const slow = objectOf(
  {
    time: instant,
    user: text,
    group: text,
    lens: text,
    sql: text,
    durationMs: duration,
    rows: wholeNumber,
    outcome: text,
  },
  "group",
);

const group = objectOf({
  lens: text,
  group: text,
  statements: wholeNumber,
  masked: wholeNumber,
  filtered: wholeNumber,
});

export function activityRoute(sources: Pick<AdminSources, "activity">): AdminRoute {
  return {
    method: "GET",
    url: "/v1/activity",
    summary: "The last hour by minutes, and its most used members, slowest statements and groups",
    answer: objectOf({
      minutes: listOf(minute),
      members: listOf(objectOf({ member: text, statements: wholeNumber })),
      slowest: listOf(slow),
      groups: listOf(group),
    }),
    async handle() {
      const { minutes, ...rest } = sources.activity();
      const shown = minutes.map(({ startMs, ...counts }) => ({
        start: new Date(startMs).toISOString(),
        ...counts,
      }));
      return { minutes: shown, ...rest };
    },
  };
}
