// A client that is logged in.
import { expect } from "vitest";
import type { LensServer } from "../../protocol/lens-server.ts";
import { RawClient } from "../../protocol/raw-client.ts";

export async function login(
  target: LensServer,
  parameters: Readonly<Record<string, string>> = {},
): Promise<RawClient> {
  const client = await RawClient.connect(target.host, target.port);
  const messages = await client.login(target, parameters);
  expect(messages.at(-1)).toMatchObject({ type: "ReadyForQuery" });
  return client;
}
