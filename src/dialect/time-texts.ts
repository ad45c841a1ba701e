// Days, times of day and instants as digits, which every dialect writes in the same way but for the era.

const microsPerDay = 86_400_000_000n;

export interface DayText {
  /** Year, month and day, the year without a sign. */
  readonly digits: string;
  readonly beforeChrist: boolean;
}

/** The proleptic Gregorian day; Howard Hinnant's civil_from_days, because Date ends at the year 275760. */
export function dayText(days: number): DayText {
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) /
      365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const month0 = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * month0 + 2) / 5) + 1;
  const month = month0 < 10 ? month0 + 3 : month0 - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const beforeChrist = year <= 0;
  const digits = String(beforeChrist ? 1 - year : year).padStart(4, "0");
  return { digits: `${digits}-${two(month)}-${two(day)}`, beforeChrist };
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Microseconds since midnight as a clock shows them. */
export function clockText(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n);
  const fraction = String(micros % 1_000_000n).padStart(6, "0");
  const clock = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return fraction === "000000" ? clock : `${clock}.${fraction}`;
}

/** Microseconds since 1970 as a day and a time of day. */
export function instantText(micros: bigint): { readonly day: DayText; readonly clock: string } {
  let days = micros / microsPerDay;
  let rest = micros % microsPerDay;
  if (rest < 0n) {
    days -= 1n;
    rest += microsPerDay;
  }
  return { day: dayText(Number(days)), clock: clockText(rest) };
}
