// to_char() of intervals: years, months, days and a time that may have more than 24 hours, each with its own sign.
import type { Call } from "../dialect.ts";
import { patternHint } from "../hints.ts";
import { argument, requiredText } from "./arguments.ts";
import { formatParts } from "./format-pattern.ts";
import { textLiteral } from "./identifiers.ts";
import { daysOf, microsOf, monthsOf } from "./interval-parts.ts";
import { once } from "./once.ts";

interface Field {
  /** Of months, days and microseconds. */
  readonly value: (months: string, days: string, micros: string) => string;
  readonly width: number;
  /** The width does not count a minus. */
  readonly beside?: boolean;
}

const hours = (micros: string) => `${micros} // 3600000000`;

const fields: Readonly<Record<string, Field>> = {
  YYYY: { value: (months) => `${months} // 12`, width: 4, beside: true },
  MM: { value: (months) => `${months} % 12`, width: 2, beside: true },
  DD: { value: (_, days) => days, width: 2 },
  HH24: { value: (_m, _d, micros) => hours(micros), width: 2, beside: true },
  HH12: { value: (_m, _d, micros) => hour12(micros), width: 2, beside: true },
  HH: { value: (_m, _d, micros) => hour12(micros), width: 2, beside: true },
  MI: { value: (_m, _d, micros) => `${micros} // 60000000 % 60`, width: 2, beside: true },
  SS: { value: (_m, _d, micros) => `${micros} // 1000000 % 60`, width: 2, beside: true },
  MS: { value: (_m, _d, micros) => `${micros} % 1000000 // 1000`, width: 3 },
  US: { value: (_m, _d, micros) => `${micros} % 1000000`, width: 6 },
};

function hour12(micros: string): string {
  return `CASE WHEN ${hours(micros)} % 12 = 0 THEN 12 ELSE ${hours(micros)} % 12 END`;
}

export function intervalToChar(call: Call): string {
  const pattern = requiredText(call, 1, "a pattern of to_char()");
  const parts = formatParts(pattern, Object.keys(fields), false);
  if (parts === undefined)
    return call.refuse("this pattern of to_char() for intervals", call.location, patternHint);
  return once([argument(call, 0)], (interval) => {
    const values = [monthsOf(interval), daysOf(interval), microsOf(interval)] as [string, string, string];
    const shown = once(values, (months, days, micros) => {
      const texts = parts.map((part) => {
        if (part.kind === "text") return textLiteral(part.text);
        const field = fields[part.name];
        if (field === undefined) return call.refuse("this pattern of to_char()", call.location, patternHint);
        return once([`(${field.value(months, days, micros)})`], (value) => number(value, field, part.fill));
      });
      return texts.length === 0 ? "''" : `(${texts.join(" || ")})`;
    });
    return `CASE WHEN ${interval} IS NOT NULL THEN ${shown} END`;
  });
}

function number(value: string, { width, beside }: Field, fill: boolean): string {
  if (!fill) return `CAST(${value} AS VARCHAR)`;
  const plain = `printf('%0${width}d', ${value})`;
  return beside === true
    ? `CASE WHEN ${value} < 0 THEN printf('%0${width + 1}d', ${value}) ELSE ${plain} END`
    : plain;
}
