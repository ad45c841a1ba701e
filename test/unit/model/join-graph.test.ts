import { expect, test } from "vitest";
import { findRoot, formatPath, multiplies, shortestPath } from "../../../src/model/join-graph.ts";
import type { LinkedJoin, Relationship } from "../../../src/model/model.ts";

const location = { file: "t.yml", line: 1, column: 1 };

/** `a>b:many_to_one b>c:one_to_many` */
function graph(text: string) {
  const joins = text.split(" ").map((edge): LinkedJoin => {
    const [, from = "", to = "", relationship = ""] = /^(\w+)>(\w+):(\w+)$/.exec(edge) ?? [];
    return {
      from,
      to,
      relationship: relationship as Relationship,
      sql: { parts: [], reads: [], location },
      keys: undefined,
      location,
    };
  });
  const names = new Set(joins.flatMap(({ from, to }) => [from, to]));
  const tables = new Map(
    [...names].map((name) => [name, { joins: joins.filter(({ from }) => from === name) }]),
  );
  return { tables };
}

const diamond = graph("a>b:many_to_one a>c:many_to_one b>d:many_to_one c>d:many_to_one d>e:many_to_one");

function path(model: ReturnType<typeof graph>, root: string, target: string, named: string[] = []) {
  const found = shortestPath(model, root, target, new Set(named));
  return found?.kind === "ambiguous" ? found.paths.map(formatPath) : found && formatPath(found.joins);
}

test("a path follows joins in the direction in which they are declared", () => {
  expect(path(diamond, "b", "e")).toBe("b -> d -> e");
  expect(path(diamond, "e", "b")).toBeUndefined();
  expect(path(diamond, "a", "a")).toBe("");
});

test("two shortest paths are ambiguous until a table on one of them is named", () => {
  expect(path(diamond, "a", "e")).toEqual(["a -> b -> d -> e", "a -> c -> d -> e"]);
  expect(path(diamond, "a", "e", ["c"])).toBe("a -> c -> d -> e");
  expect(path(diamond, "a", "e", ["b", "c"])).toEqual(["a -> b -> d -> e", "a -> c -> d -> e"]);
});

test("a longer path never makes a shorter one ambiguous, and a circle ends", () => {
  const model = graph("a>b:many_to_one b>c:many_to_one a>c:many_to_one c>a:one_to_many");
  expect(path(model, "a", "c")).toBe("a -> c");
  expect(path(model, "c", "b")).toBe("c -> a -> b");
});

test("many equal paths beside the one that arrives do not hide it", () => {
  const wide = Array.from({ length: 200 }, (_, i) => `a>x${i}:many_to_one`).join(" ");
  expect(path(graph(`${wide} x199>z:many_to_one`), "a", "z")).toBe("a -> x199 -> z");
});

test("the root is the first table in FROM order that reaches all others", () => {
  const model = graph("customers>transactions:one_to_many customers>branches:many_to_one");
  expect(findRoot(model, ["transactions", "customers"])).toMatchObject({ kind: "tree", root: "customers" });
  expect(findRoot(model, ["transactions", "branches"])).toBeUndefined();
  expect(findRoot(diamond, ["a", "d"])).toMatchObject({ kind: "ambiguous", root: "a", target: "d" });
  const tree = findRoot(diamond, ["e", "c", "a"]);
  expect(tree?.kind === "tree" && [tree.root, ...tree.joins.map(({ to }) => to)]).toEqual([
    "a",
    "c",
    "d",
    "e",
  ]);
});

test("a join multiplies a table when a walk from it goes to the many side", () => {
  const { tables } = graph(
    "customers>transactions:one_to_many customers>branches:many_to_one branches>heads:one_to_one",
  );
  const joins = [...tables.values()].flatMap((table) => table.joins);
  const multiplied = (names: string[], chosen: LinkedJoin[]) =>
    names.filter((name) => multiplies(chosen, name));
  const all = ["customers", "transactions", "branches", "heads"];
  expect(multiplied(all, joins)).toEqual(["customers", "branches", "heads"]);
  expect(
    multiplied(
      all,
      joins.filter(({ to }) => to !== "transactions"),
    ),
  ).toEqual(["branches", "heads"]);
  expect(
    multiplied(
      all,
      joins.filter(({ to }) => to === "heads"),
    ),
  ).toEqual([]);
});
