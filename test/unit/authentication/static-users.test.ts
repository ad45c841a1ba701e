// Users of users.yml, and what a reload does to their sessions.

import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { type StaticUser, StaticUsers } from "../../../src/authentication/static-users.ts";
import { ManualClock } from "./manual-clock.ts";

const clock = new ManualClock();

const mira: StaticUser = {
  name: "mira",
  attributes: noAttributes,
  groups: ["analyst"],
  scram: undefined,
  password: "secret",
  certificate: undefined,
  tokens: [],
};

const token = (name: string, text: string, expiresMs?: number) => ({
  name,
  sha256: createHash("sha256").update(text).digest("hex"),
  expiresMs,
});

const only = (user: StaticUser) => new Map([[user.name, user]]);

test("a session of a password lasts until the user's entry changes", () => {
  for (const [replaced, holds] of [
    [only({ ...mira, tokens: [token("ci", "t")] }), true],
    [only({ ...mira, password: "another" }), false],
    [only({ ...mira, groups: ["admin"] }), false],
    [only({ ...mira, attributes: new Map([["region", "north"]]) }), false],
    [new Map<string, StaticUser>(), false],
  ] as const) {
    const users = new StaticUsers(only(mira), clock);
    const credential = users.credential(mira);
    expect(credential.check()).toBeUndefined();
    users.replace(replaced);
    if (holds) expect(credential.check()).toBeUndefined();
    else expect(credential.check()).toMatchObject({ sqlstate: "28000", severity: "FATAL" });
  }
});

test("a token is its user's alone, until it expires", () => {
  const endMs = clock.ms + 1000;
  const users = new StaticUsers(
    new Map([
      ["mira", { ...mira, tokens: [token("old", "t1", clock.ms), token("new", "t2", endMs)] }],
      ["tomas", { ...mira, name: "tomas", tokens: [token("own", "t3")] }],
    ]),
    clock,
  );
  expect(users.haveTokens).toBe(true);
  expect(users.credentialOfToken("mira", "t1")).toBeUndefined();
  expect(users.credentialOfToken("mira", "t3")).toBeUndefined();
  expect(users.credentialOfToken("nobody", "t3")).toBeUndefined();
  const credential = users.credentialOfToken("mira", "t2");
  expect(credential?.identity).toEqual({ user: "mira", groups: ["analyst"], attributes: noAttributes });
  expect(credential?.check()).toBeUndefined();
  clock.ms = endMs;
  expect(credential?.check()).toMatchObject({ detail: "The token has expired." });
});

test("a session of a token ends when a reload takes the token away, and no other", () => {
  const both = [token("one", "t1"), token("two", "t2")];
  const users = new StaticUsers(only({ ...mira, tokens: both }), clock);
  const one = users.credentialOfToken("mira", "t1");
  const two = users.credentialOfToken("mira", "t2");
  users.replace(only({ ...mira, password: "changed", tokens: both.slice(1) }));
  expect(one?.check()).toMatchObject({ detail: "The token is not accepted any more." });
  expect(two?.check()).toBeUndefined();
});
