// The attacker stands between, and wants a password in the clear, or their own words to be read as if they had come through
// TLS (CVE-2021-23214, CVE-2021-23222). Through TLS the same client logs in and sees the secrets.
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { int32, RawClient } from "../protocol/raw-client.ts";
import { certificateFile } from "../support/real-postgres.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";

const sslRequest = Buffer.concat([int32(8), int32(80_877_103)]);
const gssRequest = Buffer.concat([int32(8), int32(80_877_104)]);
const login = { user: "open", password: "open", database: "vault" };
let server: AttackServer;

beforeAll(async () => {
  server = await startAttackServer({
    lenses: [vault],
    users: vaultUsers,
    server: "tls: {cert: ./host.crt, key: ./host.key, mode: require}",
    files: {
      "host.crt": await readFile(certificateFile("localhost.crt"), "utf8"),
      "host.key": await readFile(certificateFile("localhost.key"), "utf8"),
    },
  });
});
afterAll(() => server?.stop());

function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const pairs = Object.entries(parameters).flatMap(([name, value]) => [`${name}\0`, `${value}\0`]);
  const body = Buffer.concat([int32(0x30000), Buffer.from(`${pairs.join("")}\0`)]);
  return Buffer.concat([int32(body.length + 4), body]);
}

async function dial(): Promise<{ client: RawClient; bytes: () => string }> {
  const client = await RawClient.connect(server.host, server.port);
  const chunks: Buffer[] = [];
  client.socket.on("data", (chunk: Buffer) => chunks.push(chunk));
  return { client, bytes: () => Buffer.concat(chunks).toString("latin1") };
}

it("through TLS the user logs in and sees a secret", async () => {
  const { client } = await dial();
  client.sendBytes(sslRequest);
  expect(await client.nextByte()).toBe("S".charCodeAt(0));
  const secured = await client.overTls([]);
  expect((await secured.login(login)).at(-1)?.type).toBe("ReadyForQuery");
  secured.sendQuery("SELECT owner FROM accounts");
  expect(JSON.stringify(await secured.until("ReadyForQuery"))).toContain("Zelda");
  secured.destroy();
});

describe("without TLS no password is asked for, and nobody is let in", () => {
  it.each<[string, readonly Buffer[]]>([
    ["at once", [startup(login)]],
    ["after TLS was declined by nobody", [gssRequest, startup(login)]],
    ["in the breath of the request", [Buffer.concat([sslRequest, startup(login)])]],
    ["in the breath of a request for GSSAPI", [Buffer.concat([gssRequest, startup(login)])]],
    ["in the breath of two requests", [Buffer.concat([gssRequest, sslRequest, startup(login)])]],
    [
      "as a statement behind the request",
      [Buffer.concat([sslRequest, Buffer.from("Q\0\0\0\x0dSELECT 1\0")])],
    ],
    ["as one byte behind the request", [Buffer.concat([sslRequest, Buffer.from([0])])]],
    [
      "with a cancel request behind the request",
      [Buffer.concat([sslRequest, int32(16), int32(80_877_102), int32(1), int32(1)])],
    ],
  ])("%s", async (_, parts) => {
    const { client, bytes } = await dial();
    for (const part of parts) {
      client.sendBytes(part);
      if (part === gssRequest) expect(await client.nextByte()).toBe("N".charCodeAt(0));
    }
    await client.until("closed").catch(() => undefined);
    // An authentication request begins with R: none came, of any kind.
    expect(bytes().replace(/^[NS]*/, "")).toMatch(/^(E|$)/);
    expect(bytes()).not.toMatch(/AuthenticationOk|SCRAM|ReadyForQuery/);
    client.destroy();
  });
});

it("what an attacker puts behind the request in a segment of its own is not read as the client's", async () => {
  const { client } = await dial();
  client.sendBytes(sslRequest);
  expect(await client.nextByte()).toBe("S".charCodeAt(0));
  // Instead of a handshake: it is TLS's to refuse.
  client.sendBytes(startup(login));
  const rest = await client.until("closed").catch(() => [{ type: "closed" }]);
  expect(rest.map(({ type }) => type)).not.toContain("AuthenticationSASL");
  client.destroy();
});

it("requests for encryption do not go round in circles", async () => {
  const { client, bytes } = await dial();
  client.sendBytes(gssRequest);
  expect(await client.nextByte()).toBe("N".charCodeAt(0));
  client.sendBytes(gssRequest);
  await client.until("closed");
  expect(bytes()).toMatch(/^NE.*0A000/s);
  client.destroy();
});
