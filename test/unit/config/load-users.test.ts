import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { loadUsers } from "../../../src/config/load-users.ts";
import { formatProblem } from "../../../src/problem.ts";
import { type Folder, makeFolder } from "./config-folder.ts";

const folders: Folder[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await folder.remove();
});

async function load(text: string) {
  const folder = await makeFolder({ "users.yml": text });
  folders.push(folder);
  const { users, problems } = await loadUsers(join(folder.path, "users.yml"), { PASSWORD: "from outside" });
  return { users, problems: problems.map((problem) => formatProblem(problem, () => "u")) };
}

const verifier =
  "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
const sha256 = "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08";

test("users have groups and a verifier, a password or tokens", async () => {
  const { users, problems } = await load(`users:
  - {name: mira, groups: [admin, dev], scram: "${verifier}"}
  - {name: tomas, password: "\${PASSWORD}"}
  - {name: bot, tokens: [{name: ci, sha256: ${sha256}}, {name: old, sha256: ${sha256}, expires: 2026-01-31}]}
  - {name: app, certificate: app.example.com}
`);
  expect(problems).toEqual([
    'u:3:12: warning: user "tomas" has a password in the clear; make a verifier with "lenswire user"',
  ]);
  expect(users?.get("mira")).toMatchObject({
    groups: ["admin", "dev"],
    scram: { iterations: 4096 },
    tokens: [],
  });
  expect(users?.get("mira")?.scram?.salt).toHaveLength(16);
  expect(users?.get("tomas")).toMatchObject({ groups: [], password: "from outside", scram: undefined });
  expect(users?.get("bot")?.tokens).toEqual([
    { name: "ci", sha256: sha256.toLowerCase(), expiresMs: undefined },
    { name: "old", sha256: sha256.toLowerCase(), expiresMs: Date.UTC(2026, 0, 31) },
  ]);
  expect(users?.get("app")).toMatchObject({ certificate: "app.example.com", tokens: [] });
});

test("users have attributes: texts, numbers, booleans and lists of them", async () => {
  const { users, problems } = await load(`users:
  - {name: mira, certificate: m, attributes: {region: "\${PASSWORD}", level: 3, on: true, days: [2026-01-31], none: }}
`);
  expect(problems).toEqual([]);
  expect(users?.get("mira")?.attributes).toEqual(
    new Map<string, unknown>([
      ["region", "from outside"],
      ["level", 3],
      ["on", true],
      ["days", ["2026-01-31"]],
    ]),
  );
});

test.each([
  [
    "attributes that are no map",
    "users: [{name: a, certificate: a, attributes: [b]}]",
    ["u:1:47: expected a map, found a list"],
  ],
  [
    "attributes with names and values that none can have",
    "users: [{name: a, certificate: a, attributes: {a.b: x, groups: [g], m: {n: 1}, t: secret\0text}}]".replace(
      "secret\0text",
      '"secret\\0text"',
    ),
    [
      'u:1:48: "a.b" is not a name: letters, digits and _, a letter first',
      "u:1:56: {user.groups} has a meaning already; choose another name",
      'u:1:72: attribute "m" of user "a" is neither text, number, boolean nor a list of these',
      'u:1:83: attribute "t" of user "a" is a text with a character that is none',
    ],
  ],
  [
    "no credential",
    "users: [{name: a}]",
    ['u:1:16: user "a" needs one of the keys password, scram, tokens, certificate'],
  ],
  [
    "two credentials",
    `users: [{name: a, password: x, scram: "${verifier}"}]`,
    ['u:1:16: user "a" has both a password and a scram verifier; keep one'],
  ],
  [
    "a token that ends at no time",
    `users: [{name: a, tokens: [{name: t, sha256: ${sha256}, expires: tomorrow}]}]`,
    ["u:1:121: expected a time like 2027-01-31 or 2027-01-31T18:00:00Z"],
  ],
  [
    "two users of one name",
    `users: [{name: a, scram: "${verifier}"}, {name: a, scram: "${verifier}"}]`,
    [expect.stringMatching(/^u:1:\d+: there are two users "a"$/)],
  ],
  [
    "a verifier with too few rounds",
    `users: [{name: a, scram: "${verifier.replace("4096", "1000")}"}]`,
    [
      'u:1:16: user "a" needs one of the keys password, scram, tokens, certificate',
      "u:1:26: expected SCRAM-SHA-256$4096:SALT$STORED:SERVER, 4096 or more rounds",
    ],
  ],
  [
    "a token that is not hashed, without showing it",
    "users: [{name: a, scram: x, tokens: [{name: t, sha256: secret}]}]",
    expect.not.arrayContaining([expect.stringContaining("secret")]),
  ],
  [
    "a password that is a number, without showing it",
    "users: [{name: a, password: 1234}]",
    [
      'u:1:16: user "a" needs one of the keys password, scram, tokens, certificate',
      "u:1:29: expected text, found a number (put text in quotes)",
    ],
  ],
])("%s is a problem", async (_, text, problems) => {
  const loaded = await load(text);
  expect(loaded.problems).toEqual(problems);
  expect(loaded.users).toBeUndefined();
});
