import { expect, test } from "vitest";
import { BoundedCache } from "../../src/bounded-cache.ts";

const kept = (cache: BoundedCache<number>, keys: string) =>
  [...keys].filter((key) => cache.get(key) !== undefined).join("");

test("keeps as many entries as it may, the least recently used out first", () => {
  const cache = new BoundedCache<number>({ entriesMax: 3, bytesMax: 1000, entryBytesMax: 1000 });
  for (const key of "abc") cache.put(key, 1, 1);
  cache.get("a");
  cache.put("d", 1, 1);
  expect(kept(cache, "abcd")).toBe("acd");
});

test("keeps as many bytes as it may, keys counted, and forgets what is replaced", () => {
  const cache = new BoundedCache<number>({ entriesMax: 100, bytesMax: 100, entryBytesMax: 100 });
  for (const key of "abcdefghij") cache.put(key, 1, 8);
  expect([kept(cache, "abcdefghij"), cache.bytes]).toEqual(["abcdefghij", 100]);
  cache.put("j", 2, 3);
  expect([cache.get("j"), cache.bytes]).toEqual([2, 95]);
  cache.put("k", 1, 18);
  expect([kept(cache, "abcdefghijk"), cache.bytes]).toEqual(["cdefghijk", 95]);
});

test("an entry beyond the bound of one is not kept and pushes nothing out, but its older value is gone", () => {
  const cache = new BoundedCache<number>({ entriesMax: 10, bytesMax: 100, entryBytesMax: 20 });
  for (const key of "abcde") cache.put(key, 1, 10);
  cache.put("f", 1, 19);
  cache.put("a", 2, 19);
  expect([kept(cache, "abcdef"), cache.size, cache.bytes]).toEqual(["bcde", 4, 48]);
});
