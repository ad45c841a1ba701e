// Attributes out of what an identity provider says: which of its values is which attribute stands in the configuration.
import { type Attributes, readAttributes } from "../attributes.ts";

/** By attribute: the key of its value, `address.region` for a key inside another's. */
export type AttributeSources = ReadonlyMap<string, string>;

export function attributesIn(answer: unknown, sources: AttributeSources): Attributes {
  return readAttributes(sources.keys(), (name) => valueAt(answer, sources.get(name) ?? ""));
}

/** A key with dots in it, as claims that are URLs have, is itself before it is a path. */
function valueAt(answer: unknown, path: string): unknown {
  const whole = ownValue(answer, path);
  if (whole !== undefined) return whole;
  return path.split(".").reduce(ownValue, answer);
}

function ownValue(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, key)) return undefined;
  return (holder as Readonly<Record<string, unknown>>)[key];
}
