// Passwords in cleartext, which are taken where nobody can listen.

import { Duplex } from "node:stream";
import { expect, it } from "vitest";
import { Authenticator } from "../../../src/server/authenticate.ts";
import { MessageWriter } from "../../../src/server/message-writer.ts";
import { SocketInput } from "../../../src/server/socket-input.ts";

it("are not asked for over a network without TLS, whether there is such a user or not", async () => {
  const authenticator = new Authenticator({
    findUser: () => undefined,
    verifiers: () => [],
    methodFor: () => "cleartext",
    verifyToken: async () => undefined,
  });
  const sent: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write: (chunk, _encoding, done) => {
      sent.push(chunk);
      done();
    },
  });
  const writer = new MessageWriter(socket);
  const channel = { input: new SocketInput(() => {}), writer, isPrivate: false, endPoint: undefined };
  for (const user of ["tester", "nobody"]) {
    await expect(
      authenticator.authenticate(user, { ...channel, certificateName: undefined, needsCertificate: false }),
    ).rejects.toMatchObject({
      severity: "FATAL",
      sqlstate: "28000",
      message: "password authentication requires TLS",
    });
  }
  writer.flush();
  expect(sent).toEqual([]);
});
