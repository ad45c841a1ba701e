// The attacker makes statements fail on values they may not see, and reads what the error says: casts, divisions, overflows,
// patterns. An error of a masked value tells nothing; nor does the warehouse's own text reach even who may see the value.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AttackServer, startAttackServer } from "./attack-server.ts";
import { secrets, vault, vaultUsers } from "./vault-lens.ts";
import { WireTap } from "./wire-tap.ts";

/** All of them fail for who sees every row as it is. */
const failing = [
  "SELECT owner::int FROM accounts",
  "SELECT owner::date FROM accounts",
  "SELECT owner::timestamp FROM accounts",
  "SELECT owner::numeric FROM accounts",
  "SELECT owner::bool FROM accounts",
  "SELECT owner::interval FROM accounts",
  "SELECT owner::uuid FROM accounts",
  "SELECT phone::float8 FROM accounts WHERE id = 3",
  "SELECT CAST(manager AS bigint) FROM branches",
  "SELECT sum(owner::int) FROM accounts",
  "SELECT id FROM accounts ORDER BY owner::int",
  "SELECT id FROM accounts WHERE owner::int = 1",
  "SELECT a.id FROM accounts a JOIN accounts b ON a.owner::int = b.id",
  "SELECT max(owner::int) OVER () FROM accounts",
  "SELECT memo::int FROM payments WHERE ratio = 0",
  "SELECT amount / ratio FROM payments",
  "SELECT amount % ratio FROM payments",
  "SELECT digits::int FROM accounts WHERE divisor = 0",
  "SELECT pin::smallint FROM accounts WHERE id = 2",
  "SELECT pin * 1000000 * 1000000 * 1000000 FROM accounts WHERE id = 2",
  "SELECT power(pin::numeric, 1000000) FROM accounts WHERE id = 2",
  "SELECT 'x' ~ ('[' || owner) FROM accounts WHERE id = 3",
  "SELECT to_date(owner, 'YYYY-MM-DD') FROM accounts WHERE id = 3",
  "SELECT (SELECT owner FROM accounts)",
  "SELECT date_trunc(owner, now()) FROM accounts WHERE id = 3",
  "SELECT make_date(pin, pin, pin) FROM accounts WHERE id = 2",
  "SELECT chr(-pin) FROM accounts WHERE id = 2",
];
let server: AttackServer;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
});
afterAll(() => server?.stop());

describe("no value is in the error of", () => {
  it.each(failing)("%s", async (sql) => {
    for (const user of ["guarded", "open"]) {
      const tap = await WireTap.login({ server, user });
      const messages = [...(await tap.ask(sql)), ...(await tap.askBinary(sql))];
      const codes = messages.flatMap(({ type, ...rest }) => (type === "ErrorResponse" ? [rest["code"]] : []));
      if (user === "open") expect(codes.length, "it does not fail").toBeGreaterThan(0);
      expect(codes).not.toContain("XX000");
      const errors = messages.filter(({ type }) => type === "ErrorResponse" || type === "NoticeResponse");
      for (const secret of secrets) expect(JSON.stringify(errors)).not.toContain(secret);
      if (user === "guarded") expect(tap.seen()).toEqual([]);
      tap.end();
    }
  });
});

it("nor in the log or the audit, and who may see the values does see them", async () => {
  const tap = await WireTap.login({ server, user: "open" });
  await tap.ask("SELECT owner, memo FROM accounts, payments");
  expect(tap.seen()).toContain("Zelda");
  tap.end();
  const written = (await server.auditText()) + server.log();
  expect(written).toContain("owner::int");
  for (const secret of ["Zelda", "Morgana", "777777", "7654.25", "+49-151-7777"])
    expect(written).not.toContain(secret);
});
