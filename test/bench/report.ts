// What a bench measured: a table on standard output, and a section of bench.json.
import { readFile, writeFile } from "node:fs/promises";

const file = new URL("../../bench.json", import.meta.url);

/** Transactions in the warehouse. A smoke run sets a few. */
export const rows = Number(process.env["LENSWIRE_BENCH_ROWS"] ?? 1_000_000);

/** How many times a run of `times` is repeated: fewer where LENSWIRE_BENCH_RUNS says so. */
export function runs(times: number): number {
  return Math.min(times, Number(process.env["LENSWIRE_BENCH_RUNS"] ?? times));
}

interface Line {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: string;
}

export class Report {
  readonly #section: string;
  readonly #lines: Line[] = [];

  constructor(section: string) {
    this.#section = section;
  }

  note(what: string, value: number, unit: string, bar = ""): void {
    this.#lines.push({ what, value: Number(value.toPrecision(4)), unit, bar });
  }

  async finish(): Promise<void> {
    const line = (cells: readonly string[]) =>
      `${cells.map((cell, place) => cell.padEnd(place === 0 ? 64 : 24)).join("")}\n`;
    process.stdout.write(
      line([this.#section, "measured", "bar"]) +
        this.#lines.map(({ what, value, unit, bar }) => line([what, `${value} ${unit}`, bar])).join(""),
    );
    const others = await readFile(file, "utf8").then(JSON.parse, () => ({}));
    const all = { ...others, [this.#section]: { rows, results: this.#lines } };
    await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Milliseconds of each of `times` runs. */
export async function timed(times: number, run: (index: number) => Promise<unknown>): Promise<number[]> {
  const results: number[] = [];
  for (let i = 0; i < times; i++) {
    const started = performance.now();
    await run(i);
    results.push(performance.now() - started);
  }
  return results;
}

/** Medians of several runs, taken in turns so that all of them see the same machine. */
export async function inTurns<Name extends string>(
  times: number,
  work: Readonly<Record<Name, (index: number) => Promise<unknown>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(work) as Name[];
  const results = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let i = 0; i < times; i++) {
    for (const name of names) results.get(name)?.push(...(await timed(1, () => work[name](i))));
  }
  return Object.fromEntries(names.map((name) => [name, median(results.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

/** Clock ticks in a millisecond: USER_HZ is 100 on Linux. */
const ticksPerMs = 0.1;

/** Processor time that a process has taken, which other processes on the machine have little part in. */
export async function cpuMs(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticksPerMs;
}
