// Random choices, of which a run of a property is made.
import fc, { type GeneratorValue } from "fast-check";

/** Draws one value of an arbitrary: what a property's run is made of, and what shrinking changes. */
export class Draw {
  readonly #g: GeneratorValue;

  constructor(g: GeneratorValue) {
    this.#g = g;
  }

  /** 0 to `max`, shrinking to 0. */
  upTo(max: number): number {
    return this.#g(fc.nat, { max });
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.upTo(values.length - 1)];
    if (value === undefined) throw new Error("nothing to pick from");
    return value;
  }

  /** Shrinks to false. */
  chance(percent: number): boolean {
    return this.upTo(99) >= 100 - percent;
  }

  /** A random choice of the values, in their order. */
  some<T>(values: readonly T[], percent: number): T[] {
    return values.filter(() => this.chance(percent));
  }
}

/** The one draw of a seed. */
export function drawOf(seed: number): Draw {
  const [g] = fc.sample(fc.gen(), { seed, numRuns: 1 });
  if (g === undefined) throw new Error("no sample");
  return new Draw(g);
}
