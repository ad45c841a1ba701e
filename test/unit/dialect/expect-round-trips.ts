// Many statements rendered for PostgreSQL and analysed again, each expected to come back as its tree.
import { expect } from "vitest";
import { LensError } from "../../../src/errors.ts";
import type { LensUser } from "../../support/lens-fixture.ts";
import type { DumpSource } from "../query/analysed-dump.ts";
import { roundTrip } from "./round-trip.ts";

/** The statement of a reader with its measures wrapped; undefined for one that is refused. */
export async function analysedText(user: LensUser, sql: string): Promise<string | undefined> {
  try {
    return withoutMeasures(await user.analysedText(sql));
  } catch (error) {
    if (error instanceof LensError) return undefined;
    throw error;
  }
}

/** A measure is some value of its rows to PostgreSQL. */
export function withoutMeasures(sql: string): string {
  return sql.replace(/\b(measure|agg|aggregate)\s*\(/gi, "any_value(");
}

/** What is not printed for PostgreSQL either, or not as it stands. */
const expectedRefusals = [
  /offered on tables of a lens/,
  /^a whole row as a value is/,
  /^a value of the session is bound$/,
  /^a key determines a column/,
  /must not be negative$/,
  /^the relation is PostgreSQL's$/,
];

/**
 * Fails for a tree that comes back as another, and for a refusal that is not expected, or among `refusals`; yields how
 * many came back.
 */
export async function expectRoundTrips(
  trees: DumpSource,
  texts: readonly string[],
  refusals: readonly RegExp[] = [],
): Promise<number> {
  const accepted = [...expectedRefusals, ...refusals];
  let count = 0;
  for (const sql of texts) {
    const trip = await roundTrip(trees, sql);
    if (trip.kind === "refused" && !accepted.some((pattern) => pattern.test(trip.reason))) {
      throw new Error(`${trip.reason}: ${sql}`);
    }
    if (trip.kind !== "printed") continue;
    expect(trip.after, `${sql}\n--\n${trip.sql}`).toEqual(trip.before);
    count += 1;
  }
  return count;
}
