// M15: which period a rolling measure belongs to: a group key that cuts a time dimension, or else the range that the
// block's filter leaves of its table's only time dimension.
import type { Block, RollingPeriod } from "./block.ts";
import { expressionKey } from "./compilation.ts";
import {
  rollingFilterNotARange,
  rollingKeyNotAPeriod,
  rollingOverSeveralTimes,
  rollingWithoutTime,
} from "./compiler-errors.ts";
import { ScanColumns } from "./scan-columns.ts";
import type { ScanAccess } from "./shape.ts";
import { type TimeDimension, type TimeFilter, timeFilter } from "./time-filter.ts";
import {
  plainReading,
  type TimeReading,
  timeDimension,
  timeDimensions,
  timeReading,
} from "./time-reading.ts";

interface TimeKey {
  readonly place: number;
  readonly reading: TimeReading;
}

/** `label` is the measure as the client named it. Rejects with 42803 where there is no period, or more than one. */
export function rollingPeriod(
  block: Block,
  access: ScanAccess,
  label: string,
  position: number | undefined,
): RollingPeriod {
  const { keys, otherTimes } = timeKeys(block);
  const [key, second] = keys;
  if (second !== undefined) throw rollingOverSeveralTimes(label, position);
  if (key === undefined) {
    if (otherTimes.length > 0) throw rollingKeyNotAPeriod(label, position);
    const time = onlyTimeDimension(block, access, label, position);
    const filter = filterOf(block, time);
    if (filter.range.hasOthers) throw rollingFilterNotARange(label, position);
    return { place: undefined, reading: plainReading(time.access, time.name), filter };
  }
  const time = { access: key.reading.access, name: key.reading.dimension };
  if (otherTimes.some((other) => isSame(other, time))) throw rollingKeyNotAPeriod(label, position);
  const filter = filterOf(block, time);
  const hasTotals = block.sets?.some((set) => !set.includes(key.place)) === true;
  if (hasTotals && filter.range.hasOthers) throw rollingFilterNotARange(label, position);
  return { ...key, filter };
}

/** The keys that are periods, and the time dimensions that other keys read in ways that make no period. */
interface TimeKeys {
  readonly keys: readonly TimeKey[];
  readonly otherTimes: readonly TimeDimension[];
}

/** Of each block once, for all its measures. */
const known = new WeakMap<Block, TimeKeys>();

function timeKeys(block: Block): TimeKeys {
  const found = known.get(block) ?? findTimeKeys(block);
  known.set(block, found);
  return found;
}

function findTimeKeys(block: Block): TimeKeys {
  const { compilation } = block;
  const columns = new ScanColumns(block);
  const keys: TimeKey[] = [];
  const otherTimes: TimeDimension[] = [];
  const seen = new Set<string>();
  // Columns that written keys determine come after these and change no value.
  block.keys.slice(0, block.writtenKeys).forEach((expression, place) => {
    const inlined = columns.inlined(expression);
    const reading = timeReading(compilation, inlined);
    if (reading === undefined) {
      for (const column of inlined.columns.values()) {
        const time = timeDimension(compilation, column);
        if (time !== undefined) otherTimes.push(time);
      }
      return;
    }
    const wanted = expressionKey(expression);
    if (!seen.has(wanted)) keys.push({ place, reading });
    seen.add(wanted);
  });
  return { keys, otherTimes };
}

function isSame(one: TimeDimension, other: TimeDimension): boolean {
  return one.access.key === other.access.key && one.name === other.name;
}

function onlyTimeDimension(
  block: Block,
  access: ScanAccess,
  label: string,
  position: number | undefined,
): TimeDimension {
  const { compilation } = block;
  const times = timeDimensions(compilation, access.table);
  const [only, second] = times;
  if (only !== undefined && second === undefined) return { access, name: only };
  const columns = compilation.input.visible.relations.get(access.table)?.columns ?? [];
  const shown = columns.filter(({ member }) => times.includes(member)).map(({ name }) => name);
  throw rollingWithoutTime(label, shown, position);
}

function filterOf(block: Block, time: TimeDimension): TimeFilter {
  const key = JSON.stringify([time.access.key, time.name]);
  const noted = block.timeFilters.get(key);
  if (noted !== undefined) return noted;
  const filter = timeFilter(block, time);
  block.timeFilters.set(key, filter);
  return filter;
}
