// SCRAM bound to the certificate, as a real PostgreSQL does it.
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { connect as connectTls, createSecureContext, type TLSSocket } from "node:tls";
import pg from "pg";
// @ts-expect-error: it has no types.
import signatures from "pg/lib/crypto/cert-signatures.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serverEndPoint } from "../../../src/server/channel-binding.ts";
import { type LensServer, startLensServer } from "../../protocol/lens-server.ts";
import { cString, int32, RawClient, type RawMessage } from "../../protocol/raw-client.ts";
import { certificateFile, type RealPostgres, startRealPostgres } from "../../support/real-postgres.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";

type Server = Pick<RealPostgres, "host" | "port" | "user" | "password" | "database">;

let postgres: RealPostgres;
let bound: LensServer;
let unbound: LensServer;

beforeAll(async () => {
  postgres = await startRealPostgres({ tls: true });
  bound = await serve(true);
  unbound = await serve(false);
});

afterAll(async () => {
  await bound?.stop();
  await unbound?.stop();
  await postgres?.stop();
});

function serve(channelBinding: boolean): Promise<LensServer> {
  const secureContext = createSecureContext({
    cert: readFileSync(certificateFile("localhost.crt")),
    key: readFileSync(certificateFile("localhost.key")),
  });
  const tls = { secureContext: () => secureContext, mode: "allow", channelBinding } as const;
  return startLensServer({ queries: new FakeQueryEngine(), listener: { tls } });
}

const servers: readonly (readonly [name: string, server: () => Server])[] = [
  ["PostgreSQL", () => postgres],
  ["this server", () => bound],
];

/** Behind SSLRequest and the handshake, and the answer to a StartupMessage. */
async function startTls(server: Server): Promise<{ readonly client: RawClient; readonly socket: TLSSocket }> {
  const raw = await RawClient.connect(server.host, server.port);
  raw.sendBytes(Buffer.concat([int32(8), int32(80_877_103)]));
  expect(await raw.nextByte()).toBe("S".charCodeAt(0));
  raw.socket.removeAllListeners("data");
  const socket = connectTls({ socket: raw.socket, rejectUnauthorized: false });
  await new Promise<void>((resolve) => socket.once("secureConnect", resolve));
  return { client: RawClient.over(socket), socket };
}

async function offered(client: RawClient, { user, database }: Server): Promise<unknown> {
  client.sendStartup({ user, database });
  return (await client.next())?.["mechanisms"];
}

/** The answer to a first message, which begins with `header`. */
async function begin(client: RawClient, mechanism: string, header: string): Promise<RawMessage | undefined> {
  const first = Buffer.from(`${header}n=,r=abcdefghijklmnop`);
  client.sendMessage("p", cString(mechanism), int32(first.length), first);
  return client.next();
}

describe.each(servers)("%s", (_name, serverOf) => {
  it("offers it first over TLS, and not without", async () => {
    const { client } = await startTls(serverOf());
    expect(await offered(client, serverOf())).toEqual(["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"]);
    client.destroy();
    const plain = await RawClient.connect(serverOf().host, serverOf().port);
    expect(await offered(plain, serverOf())).toEqual(["SCRAM-SHA-256"]);
    expect(await begin(plain, "SCRAM-SHA-256-PLUS", "p=tls-server-end-point,,")).toMatchObject({
      code: "08P01",
      message: "client selected an invalid SASL authentication mechanism",
    });
    plain.destroy();
  });

  it("is used by node-postgres", async () => {
    const { host, port, user, password, database } = serverOf();
    const ssl = { rejectUnauthorized: false };
    const client = new pg.Client({ host, port, user, password, database, ssl, enableChannelBinding: true });
    await client.connect();
    await client.end();
    const wrong = new pg.Client({
      host,
      port,
      user,
      password: "x",
      database,
      ssl,
      enableChannelBinding: true,
    });
    await expect(wrong.connect()).rejects.toMatchObject({ code: "28P01" });
  });

  it.each([
    ["SCRAM-SHA-256", "y,,", "28000", "SCRAM channel binding negotiation error"],
    ["SCRAM-SHA-256", "p=tls-server-end-point,,", "08P01", "malformed SCRAM message"],
    ["SCRAM-SHA-256-PLUS", "n,,", "08P01", "malformed SCRAM message"],
    ["SCRAM-SHA-256-PLUS", "y,,", "08P01", "malformed SCRAM message"],
    ["SCRAM-SHA-256-PLUS", "p=tls-unique,,", "08P01", 'unsupported SCRAM channel-binding type "tls-unique"'],
    ["SCRAM-SHA-512", "n,,", "08P01", "client selected an invalid SASL authentication mechanism"],
  ])("refuses %s that begins with %s", async (mechanism, header, code, message) => {
    const { client } = await startTls(serverOf());
    await offered(client, serverOf());
    expect(await begin(client, mechanism, header)).toMatchObject({ severity: "FATAL", code, message });
    client.destroy();
  });

  it.each([
    ["p=tls-server-end-point,,", "28000", "SCRAM channel binding check failed"],
    ["n,,", "08P01", "unexpected SCRAM channel-binding attribute in client-final-message"],
  ])("refuses another certificate's hash behind %s", async (header, code, message) => {
    const { client } = await startTls(serverOf());
    await offered(client, serverOf());
    const isBound = header.startsWith("p");
    const answer = await begin(client, isBound ? "SCRAM-SHA-256-PLUS" : "SCRAM-SHA-256", header);
    const nonce = String(answer?.["data"]).split(",")[0];
    const binding = Buffer.concat([Buffer.from(header), createHash("sha256").update("another").digest()]);
    const final = `c=${binding.toString("base64")},${nonce},p=${Buffer.alloc(32).toString("base64")}`;
    client.sendMessage("p", Buffer.from(final));
    expect(await client.next()).toMatchObject({ severity: "FATAL", code, message });
    client.destroy();
  });
});

it("is left out where something in front of this server ends TLS, and clients that could do it are served", async () => {
  const { client } = await startTls(unbound);
  expect(await offered(client, unbound)).toEqual(["SCRAM-SHA-256"]);
  client.destroy();
  const { host, port, user, password, database } = unbound;
  const options = { ssl: { rejectUnauthorized: false }, enableChannelBinding: true };
  const session = new pg.Client({ host, port, user, password, database, ...options });
  await session.connect();
  await session.end();
});

describe("the end point of a certificate signed with", () => {
  const blocks = readFileSync(certificateFile("by-signature.pem"), "utf8").matchAll(
    /^(.+)\n(-----BEGIN[\s\S]+?-----END CERTIFICATE-----)/gm,
  );
  it.each([...blocks].map(([, name = "", pem = ""]) => [name, pem]))("%s", (name, pem) => {
    const { raw } = new X509Certificate(pem);
    if (name.startsWith("ed25519")) {
      expect(serverEndPoint(raw)).toBeUndefined();
      return;
    }
    const hash: string = name.includes("sha224")
      ? "SHA-224"
      : signatures.signatureAlgorithmHashFromCertificate(raw);
    const used = hash === "SHA-1" || hash === "MD5" ? "SHA-256" : hash;
    expect(serverEndPoint(raw)).toEqual(createHash(used.replace("-", "")).update(raw).digest());
  });

  it("nothing that can be read", () => {
    const { raw } = new X509Certificate(readFileSync(certificateFile("localhost.crt")));
    for (const bytes of [Buffer.alloc(0), Buffer.from("3084ffffffff", "hex"), raw.subarray(0, 40)])
      expect(serverEndPoint(bytes)).toBeUndefined();
  });
});
