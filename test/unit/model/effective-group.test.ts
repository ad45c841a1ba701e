import { describe, expect, test } from "vitest";
import { noAttributes } from "../../../src/attributes.ts";
import { effectiveGroup, everyoneGroup, identityTags } from "../../../src/model/effective-group.ts";
import type { UserGroup } from "../../../src/model/model.ts";

function group(name: string, includes: UserGroup["includes"], excludes: string[] = []): UserGroup {
  return { ...everyoneGroup, name, includes, excludes };
}

describe("the effective group", () => {
  const cases: [
    what: string,
    groups: UserGroup[],
    user: string,
    groupsOfUser: string[],
    found: string | undefined,
  ][] = [
    ["is the first that matches", [group("a", ["users:id:mira"]), group("b", "*")], "mira", [], "a"],
    ["is found by a role", [group("a", ["roles:id:dev"]), group("b", "*")], "mira", ["dev"], "a"],
    [
      "is not one that excludes the user",
      [group("a", "*", ["users:id:mira"]), group("b", "*")],
      "mira",
      [],
      "b",
    ],
    ["is not one that excludes a role", [group("a", "*", ["roles:id:dev"])], "mira", ["dev"], undefined],
    ["is not one that excludes everybody", [group("a", "*", ["*"])], "mira", [], undefined],
    [
      "is found by its own name without includes",
      [group("a", undefined), group("b", undefined)],
      "mira",
      ["b"],
      "b",
    ],
    [
      "is none where nothing matches",
      [group("a", ["users:id:tomas"]), group("b", [])],
      "mira",
      ["a", "b"],
      undefined,
    ],
    ["does not confuse users with roles", [group("a", ["roles:id:mira"])], "mira", [], undefined],
  ];
  test.each(cases)("%s", (_, groups, user, groupsOfUser, found) => {
    expect(effectiveGroup({ groups }, { user, groups: groupsOfUser, attributes: noAttributes })?.name).toBe(
      found,
    );
  });
});

test("a user has one tag for the name and one for each group", () => {
  expect([...identityTags({ user: "mira", groups: ["dev", "ops"], attributes: noAttributes })]).toEqual([
    "users:id:mira",
    "roles:id:dev",
    "roles:id:ops",
  ]);
});
