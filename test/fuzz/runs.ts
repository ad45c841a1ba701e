// How much and from where random tests run: LENSWIRE_FUZZ_RUNS multiplies, LENSWIRE_FUZZ_SEED is a number or `random`.

const fixedSeed = 20_260;

export function runsOf(usual: number): number {
  return Math.ceil(usual * Number(process.env["LENSWIRE_FUZZ_RUNS"] ?? 1));
}

/** The seed of a property; a random one is printed, so that a failure can be repeated. */
export function seedOf(what: string): number {
  const wanted = process.env["LENSWIRE_FUZZ_SEED"];
  if (wanted === undefined) return fixedSeed;
  const seed = wanted === "random" ? Math.floor(Math.random() * 1_000_000_000) : Number(wanted);
  process.stdout.write(`${what}: LENSWIRE_FUZZ_SEED=${seed}\n`);
  return seed;
}
