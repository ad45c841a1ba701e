// What a URL is told of limits, and that nothing waits for it.
import { afterEach, expect, test } from "vitest";
import { systemClock } from "../../../src/clock.ts";
import type { LensEvent } from "../../../src/events.ts";
import { createWebhook, type Webhook } from "../../../src/observe/webhook.ts";
import { JsonReceiver } from "../../support/json-receiver.ts";

let server: JsonReceiver | undefined;
afterEach(async () => {
  await server?.close();
});

async function start(status: (request: number) => number) {
  const bodies: Record<string, unknown>[] = [];
  const events: LensEvent[] = [];
  server = await JsonReceiver.start<Record<string, unknown>>((body) => {
    bodies.push(body);
    return status(bodies.length);
  });
  const url = `${server.url}/`;
  const webhook: Webhook = createWebhook({
    url,
    name: "market",
    clock: systemClock,
    emit: (event) => events.push(event),
  });
  return { webhook, bodies, events };
}

const near = (subject: string): LensEvent => ({
  kind: "limitNear",
  limit: "requestsPerMinute",
  subject,
  used: 80,
  max: 100,
});

test("each limit that is nearly reached is one message, in order, and other events are none", async () => {
  const { webhook, bodies, events } = await start(() => 204);
  webhook.listen(near("mira"));
  webhook.listen({ kind: "stageTimed", stage: "plan", durationMs: 1 });
  webhook.listen(near("tomas"));
  await webhook.settled();
  expect(bodies).toMatchObject([
    { event: "limitNear", server: "market", limit: "requestsPerMinute", subject: "mira", used: 80, max: 100 },
    { subject: "tomas" },
  ]);
  expect(events).toEqual([]);
});

test("a message that is not taken is sent once more, then logged, and the next is sent", async () => {
  const { webhook, bodies, events } = await start((request) => (request <= 3 ? 500 : 200));
  webhook.listen(near("mira"));
  webhook.listen(near("tomas"));
  await webhook.settled();
  expect(bodies.map(({ subject }) => subject)).toEqual(["mira", "mira", "tomas", "tomas"]);
  expect(events).toMatchObject([{ kind: "webhookFailed" }]);
});

test("of a flood no more wait than may", async () => {
  const { webhook, bodies } = await start(() => 200);
  for (let count = 0; count < 1000; count += 1) webhook.listen(near(`user${count}`));
  await webhook.settled();
  expect(bodies).toHaveLength(100);
});
