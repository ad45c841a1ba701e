// TLS by request and at once, and passwords that need it.

import { readFileSync } from "node:fs";
import { type AddressInfo, connect as connectPlain, createServer } from "node:net";
import { join } from "node:path";
import { connect, createSecureContext, type TLSSocket } from "node:tls";
import pg from "pg";
import { afterEach, expect, it } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import type { ListenerOptions } from "../../../src/server/listener.ts";
import { type LensServer, startLensServer, testerAlone } from "../../protocol/lens-server.ts";
import { int32, RawClient } from "../../protocol/raw-client.ts";
import { FakeQueryEngine } from "./fake-query-engine.ts";

const certificate = {
  cert: readFileSync(join(import.meta.dirname, "certificate.crt")),
  key: readFileSync(join(import.meta.dirname, "certificate.key")),
};
const secureContext = createSecureContext(certificate);

function support(file: string): Buffer {
  return readFileSync(join(import.meta.dirname, "../../support/certificates", file));
}

let server: LensServer | undefined;

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

async function start(
  mode: "allow" | "require",
  listener: Partial<ListenerOptions> = {},
): Promise<LensServer> {
  const tls = { secureContext: () => secureContext, mode, channelBinding: true };
  server = await startLensServer({ queries: new FakeQueryEngine(), listener: { tls, ...listener } });
  return server;
}

function client(target: LensServer, options: pg.ClientConfig = {}): pg.Client {
  const { host, port, user, password, database } = target;
  return new pg.Client({ host, port, user, password, database, ...options });
}

it("serves a client that asks for TLS", async () => {
  const session = client(await start("require"), { ssl: { rejectUnauthorized: false } });
  await session.connect();
  expect((await session.query("select 1")).rows).toEqual([{ n: "1" }]);
  await session.end();
});

it("serves large results over TLS", async () => {
  const session = client(await start("require"), { ssl: { rejectUnauthorized: false } });
  await session.connect();
  expect((await session.query("select rows_50000")).rows.at(-1)).toEqual({ n: "50000" });
  await session.end();
});

it("refuses a plain login where TLS is required, and takes one where it is allowed", async () => {
  await expect(client(await start("require")).connect()).rejects.toMatchObject({
    code: "28000",
    message: "connection requires TLS",
  });
  await server?.stop();
  const session = client(await start("allow"));
  await session.connect();
  await session.end();
});

it("serves TLS from the first byte only with ALPN", async () => {
  const target = await start("require");
  const dial = (ALPNProtocols: string[]): Promise<TLSSocket | undefined> =>
    new Promise((resolve) => {
      const socket = connect({
        host: target.host,
        port: target.port,
        rejectUnauthorized: false,
        ALPNProtocols,
      });
      socket.on("error", () => {});
      socket.on("close", () => resolve(undefined));
      socket.on("data", () => resolve(socket));
      socket.on("secureConnect", () => {
        const body = Buffer.from("user\0tester\0database\0postgres\0\0");
        socket.write(Buffer.concat([int32(body.length + 8), int32(0x30000), body]));
      });
    });
  const served = await dial(["postgresql"]);
  expect(served?.alpnProtocol).toBe("postgresql");
  served?.destroy();
  expect(await dial([])).toBeUndefined();
  expect(await dial(["http/1.1"])).toBeUndefined();
});

it("refuses bytes behind SSLRequest", async () => {
  const target = await start("allow");
  const raw = await RawClient.connect(target.host, target.port);
  raw.sendBytes(Buffer.concat([int32(8), int32(80_877_103), Buffer.from("x")]));
  expect((await raw.until("closed"))[0]).toMatchObject({ severity: "FATAL", code: "08P01" });
  raw.destroy();
});

it("takes cancel requests without TLS", async () => {
  const target = await start("require");
  const raw = await RawClient.connect(target.host, target.port);
  raw.sendBytes(Buffer.concat([int32(16), int32(80_877_102), int32(1), int32(1)]));
  expect(await raw.until("closed")).toEqual([{ type: "closed" }]);
  raw.destroy();
});

it("ends a cancel request inside TLS, because OpenSSL takes any other end for an error", async () => {
  const target = await start("require");
  const relayed: Buffer[] = [];
  const relay = createServer((near) => {
    const far = connectPlain(target.port, target.host);
    near.pipe(far);
    far.pipe(near);
    far.on("data", (bytes) => relayed.push(bytes));
    for (const end of [near, far]) end.on("error", () => {});
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  const { port } = relay.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    // Records of TLS 1.3 all look alike from outside.
    const options = { host: "127.0.0.1", port, rejectUnauthorized: false, maxVersion: "TLSv1.2" } as const;
    const socket = connect({ ...options, ALPNProtocols: ["postgresql"] });
    socket.on("secureConnect", () =>
      socket.write(Buffer.concat([int32(16), int32(80_877_102), int32(1), int32(2)])),
    );
    socket.on("error", () => {});
    socket.on("close", () => resolve());
    socket.resume();
  });
  relay.close();
  const alert = 21;
  expect(recordTypes(Buffer.concat(relayed)).at(-1)).toBe(alert);
});

function recordTypes(bytes: Buffer): number[] {
  const types: number[] = [];
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3))
    types.push(bytes.readUInt8(at));
  return types;
}

it("survives a handshake that is given up", async () => {
  const target = await start("require");
  const raw = await RawClient.connect(target.host, target.port);
  raw.sendBytes(Buffer.concat([int32(8), int32(80_877_103)]));
  expect(await raw.nextByte()).toBe("S".charCodeAt(0));
  raw.sendBytes(Buffer.from("this is no handshake"));
  await raw.until("closed");
  raw.destroy();
  const session = client(target, { ssl: { rejectUnauthorized: false } });
  await session.connect();
  await session.end();
});

it("takes tokens in place of passwords, and passwords beside tokens", async () => {
  const target = await start("allow", {
    authentication: {
      ...testerAlone,
      methodFor: () => "cleartext",
      verifyToken: async (user, token) =>
        token === `token of ${user}`
          ? { identity: { user, groups: ["g"], attributes: noAttributes }, check: () => undefined }
          : undefined,
    },
  });
  for (const [user, password, isRight] of [
    ["tester", "secret", true],
    ["tester", "token of tester", true],
    ["someone", "token of someone", true],
    ["someone", "secret", false],
    ["tester", "token of someone", false],
  ] as const) {
    const session = client(target, { user, password });
    const connecting = session.connect();
    if (isRight) await connecting;
    else await expect(connecting).rejects.toMatchObject({ code: "28P01" });
    await session.end();
  }
  const raw = await RawClient.connect(target.host, target.port);
  const messages = await raw.login({ user: "tester", password: "", database: "postgres" });
  expect(messages).toMatchObject([
    { type: "AuthenticationCleartextPassword" },
    { severity: "FATAL", code: "28P01", message: "empty password returned by client" },
  ]);
  raw.destroy();
});

/** A server that asks for certificates signed by the tests' authority; `client` is the name in the one there is. */
function withCertificates(mode: "accept" | "require"): Promise<LensServer> {
  const tls = {
    secureContext: () => secureContext,
    mode: "allow" as const,
    channelBinding: true,
    clientCertificates: {
      mode,
      serverOptions: () => ({ ...certificate, ca: support("authority.crt") }),
    },
  };
  const credential = {
    identity: { user: "tester", groups: [], attributes: noAttributes },
    check: () => undefined,
  };
  const user = { name: "tester", password: "secret", scram: undefined, certificate: "client", credential };
  const authentication = {
    ...testerAlone,
    findUser: (name: string) => {
      if (name === "tester") return user;
      return name === "another" ? { ...user, name, certificate: undefined } : undefined;
    },
  };
  return start("allow", { tls, authentication });
}

const signedCertificate = { cert: support("client.crt"), key: support("client.key") };

async function loginWith(target: LensServer, options: pg.ClientConfig): Promise<string> {
  const session = client(target, options);
  try {
    await session.connect();
    const { rows } = await session.query("select 1");
    return String(rows[0]?.n);
  } catch (error) {
    const { code, message } = error as pg.DatabaseError;
    return code ?? message;
  } finally {
    await session.end();
  }
}

it("takes a certificate of the user in place of a password, where it is signed by an authority", async () => {
  const target = await withCertificates("accept");
  const signed = { rejectUnauthorized: false, ...signedCertificate };
  expect(await loginWith(target, { password: "none", ssl: signed })).toBe("1");
  // Of another user, of no authority, or of nobody: the password counts.
  expect(await loginWith(target, { user: "another", password: "none", ssl: signed })).toBe("28P01");
  expect(await loginWith(target, { user: "another", password: "secret", ssl: signed })).toBe("1");
  expect(await loginWith(target, { user: "nobody", password: "none", ssl: signed })).toBe("28P01");
  const unsigned = { rejectUnauthorized: false, ...certificate };
  expect(await loginWith(target, { password: "none", ssl: unsigned })).toBe("28P01");
  expect(await loginWith(target, { password: "secret", ssl: unsigned })).toBe("1");
  expect(await loginWith(target, { password: "none", ssl: { rejectUnauthorized: false } })).toBe("28P01");
  expect(await loginWith(target, { password: "secret" })).toBe("1");
});

it("asks for a certificate and the password where certificates are required", async () => {
  const target = await withCertificates("require");
  const signed = { rejectUnauthorized: false, ...signedCertificate };
  expect(await loginWith(target, { password: "secret", ssl: signed })).toBe("1");
  expect(await loginWith(target, { password: "none", ssl: signed })).toBe("28P01");
  expect(await loginWith(target, { user: "another", password: "secret", ssl: signed })).toBe("28P01");
  for (const ssl of [{ rejectUnauthorized: false, ...certificate }, { rejectUnauthorized: false }, false]) {
    await expect(client(target, { password: "secret", ssl }).connect()).rejects.toMatchObject({
      code: "28000",
      message: "connection requires a valid client certificate",
    });
  }
});

it("speaks TLS from the first byte where client certificates are taken", async () => {
  const target = await withCertificates("accept");
  const direct = connect({
    host: target.host,
    port: target.port,
    ALPNProtocols: ["postgresql"],
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve, reject) => direct.once("secureConnect", resolve).once("error", reject));
  expect(direct.alpnProtocol).toBe("postgresql");
  direct.destroy();
});
