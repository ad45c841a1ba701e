// The three parts that an interval holds apart: months, days and time.

/** Whole months, years included, as an INTEGER. */
export function monthsOf(interval: string): string {
  return `CAST(date_part('year', ${interval}) * 12 + date_part('month', ${interval}) AS INTEGER)`;
}

/** Days, as an INTEGER. */
export function daysOf(interval: string): string {
  return `CAST(date_part('day', ${interval}) AS INTEGER)`;
}

/** Microseconds of the time, as a BIGINT: days and months are left out. */
export function microsOf(interval: string): string {
  const part = (unit: string) => `date_part('${unit}', ${interval})`;
  return `CAST(${part("hour")} * 3600000000 + ${part("minute")} * 60000000 + ${part("microsecond")} AS BIGINT)`;
}

/** The interval of three parts. */
export function intervalOf(months: string, days: string, micros: string): string {
  return `(to_months(CAST(${months} AS INTEGER)) + to_days(CAST(${days} AS INTEGER)) + to_microseconds(CAST(${micros} AS BIGINT)))`;
}
