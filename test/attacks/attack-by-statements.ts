// An attack that is made of statements: each attempt shows secrets to a user who may see them, and none, in no byte, to one
// who may not.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RawMessage } from "../protocol/raw-client.ts";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";
import { WireTap } from "./wire-tap.ts";

/** A statement, or several in one session. */
export type Attempt = string | readonly string[];

export interface StatementAttack {
  readonly name: string;
  /** To whom everything is open, they show secrets. */
  readonly attempts: readonly Attempt[];
  /** By SQLSTATE: what nobody is answered. */
  readonly refused?: Readonly<Record<string, readonly Attempt[]>>;
}

export function attackByStatements({ name, attempts, refused = {} }: StatementAttack): void {
  let server: AttackServer;
  beforeAll(async () => {
    server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  });
  afterAll(() => server?.stop());

  async function attempt(user: string, made: Attempt, isBinary: boolean) {
    const tap = await WireTap.login({ server, user });
    const messages: RawMessage[] = [];
    for (const sql of typeof made === "string" ? [made] : made) {
      messages.push(...(await (isBinary ? tap.askBinary(sql) : tap.ask(sql))));
    }
    const codes = messages.flatMap((message) => (message.type === "ErrorResponse" ? [message["code"]] : []));
    tap.end();
    return { seen: tap.seen(), codes };
  }

  describe.each([
    { form: "text", isBinary: false },
    { form: "binary", isBinary: true },
  ])(`${name}, in $form`, ({ isBinary }) => {
    it.each(attempts.map((made) => ({ made, title: titleOf(made) })))("$title", async ({ made }) => {
      const entitled = await attempt("open", made, isBinary);
      expect(entitled.seen.length, `shows nothing to anybody: ${entitled.codes}`).toBeGreaterThan(0);
      const guarded = await attempt("guarded", made, isBinary);
      expect(guarded.seen).toEqual([]);
      expect(guarded.codes).not.toContain("XX000");
    });
  });

  const cases = Object.entries(refused).flatMap(([code, list]) =>
    list.map((made) => ({ code, made, title: titleOf(made) })),
  );
  if (cases.length === 0) return;
  it.each(cases)(`${name}: $code: $title`, async ({ code, made }) => {
    for (const user of ["open", "guarded"]) {
      const { codes, seen } = await attempt(user, made, false);
      expect(codes.at(-1)).toBe(code);
      if (user === "guarded") expect(seen).toEqual([]);
    }
  });
}

const titleOf = (made: Attempt): string => (typeof made === "string" ? made : made.join("; "));
