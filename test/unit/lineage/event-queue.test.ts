// Events on their way to a service that takes them, refuses them, is slow, or is not there.
import { randomUUID } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { afterEach, expect, test } from "vitest";
import type { LensEvent } from "../../../src/events.ts";
import { EventQueue, type EventQueueOptions } from "../../../src/lineage/event-queue.ts";
import { eventBase, jobOf, type RunEvent } from "../../../src/lineage/openlineage.ts";
import { JsonReceiver } from "../../support/json-receiver.ts";

const servers: JsonReceiver[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

interface Answers {
  /** Undefined: none, ever. */
  status(request: number): number | undefined;
}

async function start({ status }: Answers, options: Partial<EventQueueOptions> = {}) {
  const bodies: RunEvent[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const events: LensEvent[] = [];
  const waits: number[] = [];
  let arrived: () => void = () => {};
  const server = await JsonReceiver.start<RunEvent>((body, request) => {
    bodies.push(body);
    headers.push(request.headers);
    arrived();
    return status(bodies.length);
  });
  servers.push(server);
  let nowMs = 0;
  const queue = new EventQueue({
    url: `${server.url}/api/v1/lineage`,
    headers: { authorization: "Bearer key" },
    eventsMax: 1000,
    clock: { now: () => nowMs, monotonicMs: () => nowMs },
    emit: (event) => events.push(event),
    wait: async (ms, signal) => {
      waits.push(ms);
      // The time that draining is given passes when the test says so: here, never.
      if (ms >= 60_000)
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    },
    ...options,
  });
  const setTime = (ms: number) => {
    nowMs = ms;
  };
  const request = () =>
    new Promise<void>((resolve) => {
      arrived = resolve;
    });
  return { queue, bodies, headers, events, waits, setTime, request };
}

function event(runId: string, eventType: RunEvent["eventType"] = "START"): RunEvent {
  const job = jobOf("lenswire", "shop.query.1");
  return {
    ...eventBase("2026-11-25T10:00:00.000Z"),
    eventType,
    run: { runId },
    job,
    inputs: [],
    outputs: [],
  };
}

const counted = (events: readonly LensEvent[], kind: LensEvent["kind"]) =>
  events.filter((each) => each.kind === kind).length;

test("all are sent with the key, those of one run in their order", async () => {
  const { queue, bodies, headers, events } = await start({ status: () => 201 });
  const runs = Array.from({ length: 40 }, () => randomUUID());
  for (const run of runs) queue.send(event(run));
  for (const run of runs) queue.send(event(run, "COMPLETE"));
  expect(queue.size).toBe(80);
  await queue.drain(60_000);
  for (const run of runs)
    expect(bodies.filter((body) => body.run.runId === run).map((body) => body.eventType)).toEqual([
      "START",
      "COMPLETE",
    ]);
  expect(headers[0]).toMatchObject({ authorization: "Bearer key", "content-type": "application/json" });
  expect([counted(events, "lineageSent"), queue.size, events.length]).toEqual([80, 0, 80]);
});

test("what is not taken is sent again after longer and longer, then given up, and the next is sent", async () => {
  const { queue, bodies, events, waits } = await start({ status: (request) => (request <= 5 ? 503 : 200) });
  const run = randomUUID();
  queue.send(event(run));
  queue.send(event(run, "COMPLETE"));
  await queue.drain(60_000);
  expect(bodies.map((body) => body.eventType)).toEqual([...Array(5).fill("START"), "COMPLETE"]);
  expect(waits.filter((ms) => ms < 60_000)).toEqual([250, 500, 1000, 2000]);
  expect([counted(events, "lineageSent"), counted(events, "lineageLeftOut")]).toEqual([1, 1]);
});

test("what is refused is not sent again", async () => {
  const { queue, bodies, events } = await start({ status: () => 422 });
  queue.send(event(randomUUID()));
  await queue.drain(60_000);
  expect(bodies.length).toBe(1);
  expect(events).toMatchObject([{ kind: "lineageLeftOut" }, { kind: "lineageLost", events: 1 }]);
});

test("beyond the bound events are left out at once, counted each and logged once in a minute", async () => {
  const { queue, events, setTime } = await start({ status: () => undefined }, { eventsMax: 10 });
  for (let count = 0; count < 25; count += 1) queue.send(event(randomUUID()));
  expect(queue.size).toBe(10);
  expect(counted(events, "lineageLeftOut")).toBe(15);
  expect(events.filter(({ kind }) => kind === "lineageLost")).toMatchObject([{ events: 1 }]);
  setTime(60_000);
  queue.send(event(randomUUID()));
  expect(events.filter(({ kind }) => kind === "lineageLost")).toMatchObject([{ events: 1 }, { events: 15 }]);
  expect(queue.size).toBe(10);
  await queue.drain(0);
});

test("draining ends in its time, whatever the service does, and what is left is counted", async () => {
  const { queue, events, request } = await start({ status: () => undefined });
  const first = request();
  for (let count = 0; count < 20; count += 1) queue.send(event(randomUUID()));
  await first;
  await queue.drain(0);
  expect([queue.size, counted(events, "lineageSent"), counted(events, "lineageLeftOut")]).toEqual([0, 0, 20]);
  queue.send(event(randomUUID()));
  expect(counted(events, "lineageLeftOut")).toBe(21);
});

test("a service that is not there loses events and nothing else", async () => {
  const { queue, events } = await start({ status: () => 200 }, { url: "http://127.0.0.1:1/" });
  queue.send(event(randomUUID()));
  await queue.drain(60_000);
  expect([counted(events, "lineageSent"), counted(events, "lineageLeftOut")]).toEqual([0, 1]);
});
