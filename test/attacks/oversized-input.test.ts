// The attacker sends what is too large, too deep or too long, so that the server ends or everybody else waits: each is
// answered with its code, and another client's new statement meanwhile too.
import { afterAll, beforeAll, expect, it } from "vitest";
import { type AttackClient, type AttackServer, startAttackServer } from "./attack-server.ts";
import { vault, vaultUsers } from "./vault-lens.ts";

const statements: readonly (readonly [string, string, string])[] = [
  ["nested comments", "54001", "/*".repeat(4_000_000)],
  ["a run of operators", "54001", `SELECT 1 ${"+-".repeat(1_000_000)} 1`],
  ["parentheses", "42601", `SELECT ${"(".repeat(1_000_000)}`],
  ["a chain of +", "54001", `SELECT id${"+1".repeat(3000)} FROM accounts`],
  ["UNION", "54001", Array.from({ length: 5000 }, () => "SELECT id FROM accounts").join(" UNION ALL ")],
  ["columns", "54011", `SELECT ${Array(1700).fill("id").join(",")} FROM accounts`],
  ["tables", "54001", `SELECT 1 FROM ${Array.from({ length: 400 }, (_, n) => `accounts a${n}`).join(",")}`],
  ["arrays", "54001", `SELECT ${"ARRAY[".repeat(3000)}1${"]".repeat(3000)}`],
  [
    "a CUBE",
    "54011",
    `SELECT 1 FROM accounts GROUP BY CUBE (${Array.from({ length: 30 }, (_, n) => `id+${n}`).join(",")})`,
  ],
  ["a name", "42703", `SELECT "${"x".repeat(1_000_000)}" FROM accounts`],
];
let server: AttackServer;
let attacker: AttackClient;
let other: AttackClient;

beforeAll(async () => {
  server = await startAttackServer({ lenses: [vault], users: vaultUsers });
  attacker = await server.connect("guarded");
  other = await server.connect("open");
});
afterAll(async () => {
  await attacker?.end();
  await other?.end();
  await server?.stop();
});

it.each(statements)("%s: %s", async (what, code, sql) => {
  const answered = attacker.ask(sql);
  // A text that nobody has sent before, so that it has to be parsed.
  expect(await other.ask(`SELECT '${what}', max(owner) FROM accounts`)).toMatchObject({
    rows: [[what, "Zelda"]],
  });
  expect(await answered).toMatchObject({ code });
});
