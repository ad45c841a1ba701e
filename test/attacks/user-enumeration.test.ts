// The attacker wants to know which users there are. Whatever is asked of a name that does not exist is answered as for one
// that does: the same messages, a salt that stays, also over restarts and on replicas, and iterations that others have.
import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { int32, RawClient, type RawMessage } from "../protocol/raw-client.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault } from "./vault-lens.ts";

function verifierOf(password: string, salt: Buffer, iterations: number): string {
  const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
  const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
  const stored = createHash("sha256").update(hmac("Client Key")).digest("base64");
  const server = hmac("Server Key").toString("base64");
  return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${stored}:${server}`;
}

const known = ["mira", "tomas", "anna", "clear"];
const unknown = Array.from({ length: 30 }, (_, n) => `nobody${n}`);
const usersText = `users:
  - {name: mira, groups: [open], scram: "${verifierOf("m", Buffer.alloc(16, 1), 10_000)}"}
  - {name: tomas, groups: [open], scram: "${verifierOf("t", Buffer.alloc(16, 2), 4096)}"}
  - {name: anna, groups: [open], scram: "${verifierOf("a", Buffer.alloc(20, 3), 20_000)}"}
  - {name: clear, groups: [open], password: c}
`;
/** Two replicas, or one server before and after a restart. */
let servers: readonly AttackServer[] = [];

beforeAll(async () => {
  const options = {
    lenses: [vault],
    users: {},
    files: { "users.yml": usersText },
    limits: "  loginFailuresPerUser: 10000\n  loginFailuresPerAddress: 10000",
  };
  servers = await Promise.all([startAttackServer(options), startAttackServer(options)]);
});
afterAll(async () => {
  for (const server of servers) await server.stop();
});

interface Challenge {
  readonly salt: string;
  readonly iterations: string;
}

async function challenge(server: AttackServer, user: string): Promise<Challenge> {
  const client = await RawClient.connect(server.host, server.port);
  client.sendStartup({ user, database: "vault" });
  expect((await client.next())?.type).toBe("AuthenticationSASL");
  const first = Buffer.from("n,,n=,r=0123456789");
  client.sendMessage("p", Buffer.from("SCRAM-SHA-256\0"), int32(first.length), first);
  const data = String((await client.next())?.["data"]);
  client.destroy();
  const [, salt = "", iterations = ""] = /s=([^,]+),i=(\d+)/.exec(data) ?? [];
  return { salt, iterations };
}

async function login(user: string, password: string): Promise<readonly RawMessage[]> {
  const server = servers[0] as AttackServer;
  const client = await RawClient.connect(server.host, server.port);
  const messages = await client.login({ user, password, database: "vault" });
  client.destroy();
  return messages;
}

it("who has a password logs in", async () => {
  for (const [user, password] of [
    ["mira", "m"],
    ["tomas", "t"],
    ["anna", "a"],
    ["clear", "c"],
  ] as const)
    expect((await login(user, password)).at(-1)?.type).toBe("ReadyForQuery");
});

describe("the challenge of a name", () => {
  it.each([...known, ...unknown])(
    "%s is the same each time, after a restart and on a replica",
    async (user) => {
      const [one, again, other] = [servers[0], servers[0], servers[1]] as [
        AttackServer,
        AttackServer,
        AttackServer,
      ];
      const first = await challenge(one, user);
      expect(first.salt).not.toBe("");
      expect(await challenge(again, user)).toEqual(first);
      expect(await challenge(other, user)).toEqual(first);
    },
  );

  it("that does not exist has iterations and a salt as others have", async () => {
    const server = servers[0] as AttackServer;
    const shapeOf = async (user: string) => {
      const { salt, iterations } = await challenge(server, user);
      return `${Buffer.from(salt, "base64").length} ${iterations}`;
    };
    const ofKnown = new Set(await Promise.all(known.map(shapeOf)));
    const ofUnknown = new Set(await Promise.all(unknown.map(shapeOf)));
    expect([...ofUnknown].sort()).toEqual([...ofKnown].sort());
    expect(ofUnknown.size).toBe(3);
    const salts = await Promise.all(unknown.map(async (user) => (await challenge(server, user)).salt));
    expect(new Set(salts).size).toBe(unknown.length);
  });
});

it("a wrong password is answered alike, message by message, but for the name", async () => {
  const worded = async (user: string) => {
    const messages = await login(user, "wrong");
    return JSON.stringify(messages.map((message) => ({ ...message, data: undefined }))).replaceAll(
      user,
      "NAME",
    );
  };
  const expected = await worded("mira");
  expect(expected).toContain("28P01");
  for (const user of [...known, "nobody", "Mira", "mira ", "", "admin", "postgres"].filter(
    (name) => name !== "",
  ))
    expect(await worded(user)).toBe(expected);
});

it("a lens that does not exist tells nothing before the password", async () => {
  const server = servers[0] as AttackServer;
  for (const database of ["vault", "nowhere"]) {
    const client = await RawClient.connect(server.host, server.port);
    const messages = await client.login({ user: "mira", password: "wrong", database });
    expect(messages.at(-1)).toMatchObject({ code: "28P01" });
    client.destroy();
  }
});
