// Where limits are counted, read from the configuration.
import { describe, expect, test } from "vitest";
import { type LimitStoreOptions, readLimitStore } from "../../../src/config/limit-store.ts";
import { certificateFile } from "../../support/real-postgres.ts";

const options: LimitStoreOptions = {
  password: undefined,
  ca: undefined,
  prefix: "lenswire",
  timeoutMs: 1000,
  leaseMs: 30_000,
};
const read = (url: string, more: Partial<LimitStoreOptions> = {}) =>
  readLimitStore(url, { ...options, ...more });
const common = { prefix: "lenswire", timeoutMs: 1000, leaseMs: 30_000 };

describe("a URL names a server", () => {
  const none = { username: undefined, password: undefined, database: 0, tls: undefined };
  test.each([
    ["redis://redis", { ...none, host: "redis", port: 6379 }],
    ["redis://10.0.0.7:7000/3", { ...none, host: "10.0.0.7", port: 7000, database: 3 }],
    ["redis://[::1]:7000/", { ...none, host: "::1", port: 7000 }],
    ["redis://:p%40ss@h", { ...none, host: "h", port: 6379, password: "p@ss" }],
    ["redis://limits:p:q@h", { ...none, host: "h", port: 6379, username: "limits", password: "p:q" }],
    ["rediss://limits@h:1", { ...none, host: "h", port: 1, username: "limits", tls: { ca: undefined } }],
  ])("%s", (url, server) => {
    expect(read(url)).toEqual({ ...common, ...server });
  });

  test("with a password and an authority from elsewhere", () => {
    const ca = certificateFile("authority.crt");
    expect(read("rediss://h", { password: "p/@:", ca })).toMatchObject({ password: "p/@:", tls: { ca } });
    expect(read("memory")).toBe("memory");
  });
});

describe("what is wrong is told without any part of the URL", () => {
  test.each([
    ["http://s3cret", {}, "store", /^expected memory, or a URL like/],
    ["redis://:s3cret#@h", {}, "store", /percent-encoded/],
    ["redis://:s3c/ret@h", {}, "store", /percent-encoded/],
    ["redis://:s3c@ret@h", {}, "store", /percent-encoded/],
    ["redis://:s3cret%@h", {}, "store", /percent-encoded/],
    ["redis://h:s3cret", {}, "store", /the host or the port cannot be read/],
    ["redis://", {}, "store", /the host or the port cannot be read/],
    ["redis://h:0", {}, "store", /^the port must be a whole number from 1 to 65535$/],
    ["redis://h/s3cret", {}, "store", /^what stands behind the host must be the number of a database$/],
    ["redis://h?password=s3cret", {}, "store", /^the URL has parameters, and none is known$/],
    ["redis://:s3cret@h", { password: "s3cret" }, "storePassword", /in the URL and under the key/],
    ["memory", { password: "s3cret" }, "storePassword", /needs a store that is a redis:\/\/ URL/],
    ["memory", { ca: "/s3cret" }, "storeCa", /needs a store that is a redis:\/\/ URL/],
    ["redis://h", { ca: "/s3cret" }, "storeCa", /needs a store with TLS/],
    ["rediss://h", { ca: "/s3cret" }, "storeCa", /^the file of storeCa cannot be read \(ENOENT\)$/],
    ["redis://h", { leaseMs: 2999 }, "storeLease", /at least 3 times storeTimeout/],
  ] as const)("%s", (url, more, key, problem) => {
    const found = read(url, more);
    expect(found).toEqual({ key, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(found)).not.toMatch(/s3c/);
  });
});
