// The lenses that are served now. A reload replaces all of them at once; what runs keeps those that it began with.
import type { Identity } from "../identity.ts";
import type { Lens } from "./lens.ts";

export class ServedLenses {
  #lenses: readonly Lens[];
  #byDatabase: ReadonlyMap<string, Lens>;

  constructor(lenses: readonly Lens[]) {
    this.#lenses = lenses;
    this.#byDatabase = byDatabase(lenses);
  }

  get all(): readonly Lens[] {
    return this.#lenses;
  }

  replace(lenses: readonly Lens[]): void {
    this.#lenses = lenses;
    this.#byDatabase = byDatabase(lenses);
  }

  /** By its name as configured. */
  named(name: string): Lens | undefined {
    return this.#lenses.find((lens) => lens.name === name);
  }

  /** By any name that clients may connect to. */
  ofDatabase(name: string): Lens | undefined {
    return this.#byDatabase.get(name);
  }

  /** Those that a user may open. */
  openTo(identity: Identity): readonly Lens[] {
    return this.#lenses.filter((lens) => lens.groupOf(identity) !== undefined);
  }
}

function byDatabase(lenses: readonly Lens[]): ReadonlyMap<string, Lens> {
  return new Map(lenses.flatMap((lens) => lens.options.databaseNames.map((name) => [name, lens] as const)));
}
