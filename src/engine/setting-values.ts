// Reading the value of a setting: each function gives the text that SHOW prints, or throws 22023.
import { encodingOf, servedEncodings } from "../client-encoding.ts";
import { withOptions } from "../errors.ts";
import { findTimeZone, fixedTimeZone } from "../time-zone.ts";
import {
  invalidSettingValue,
  needsBoolean,
  settingOutOfRange,
  unsupportedSettingValue,
} from "./session-errors.ts";

export type ReadSetting = (name: string, value: string) => string;

export const anyText: ReadSetting = (_name, value) => value;

export const booleanValue: ReadSetting = (name, value) => {
  const word = value.trim().toLowerCase();
  if (word === "1" || word === "on" || (word !== "" && ("true".startsWith(word) || "yes".startsWith(word))))
    return "on";
  if (word === "0" || word === "of" || word === "off") return "off";
  if (word !== "" && ("false".startsWith(word) || "no".startsWith(word))) return "off";
  throw needsBoolean(name);
};

/** Names that commas part, each plain or in double quotes. */
const nameListPattern =
  /^\s*(?:(?:"(?:[^"]|"")*"|[^\s,"][^\s,]*)\s*(?:,\s*(?:"(?:[^"]|"")*"|[^\s,"][^\s,]*)\s*)*)?$/;

export const nameList: ReadSetting = (name, value) => {
  if (nameListPattern.test(value)) return value;
  throw withOptions(invalidSettingValue(name, value), { detail: "List syntax is invalid." });
};

export function oneOf(...allowed: readonly string[]): ReadSetting {
  return (name, value) => {
    const found = allowed.find((each) => each.toLowerCase() === value.toLowerCase());
    if (found === undefined)
      throw invalidSettingValue(name, value, { hint: `Available values: ${allowed.join(", ")}.` });
    return found;
  };
}

/** PostgreSQL holds settings in 32 bits. */
const integerMax = 2_147_483_647;
const integerHint = "Value exceeds integer range.";

export function integerBetween(min: number, max: number): ReadSetting {
  return (name, value) => {
    if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(value))
      throw invalidSettingValue(name, value);
    const number = Math.round(Number(value));
    if (Math.abs(number) > integerMax) throw invalidSettingValue(name, value, { hint: integerHint });
    if (number < min || number > max) throw settingOutOfRange(name, String(number), String(min), String(max));
    return String(number);
  };
}

export function realBetween(min: number, max: number): ReadSetting {
  return (name, value) => {
    if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(value))
      throw invalidSettingValue(name, value);
    const number = Number(value);
    if (number < min || number > max) throw settingOutOfRange(name, String(number), String(min), String(max));
    return String(number);
  };
}

const timeUnits: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const timeUnitsHint = 'Valid units for this parameter are "us", "ms", "s", "min", "h", and "d".';

/** A duration that is milliseconds where no unit is written; printed in the largest unit that divides it. */
export const durationMs: ReadSetting = (name, value) => {
  const match = /^\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*([a-zA-Z]*)\s*$/.exec(value);
  if (match === null) throw invalidSettingValue(name, value);
  const unit = match[2] === "" ? 1 : timeUnits[match[2] as string];
  if (unit === undefined) throw invalidSettingValue(name, value, { hint: timeUnitsHint });
  const ms = Math.round(Number(match[1]) * unit);
  if (Math.abs(ms) > integerMax) throw invalidSettingValue(name, value, { hint: integerHint });
  if (ms < 0) throw settingOutOfRange(name, `${ms} ms`, "0 ms", `${integerMax} ms`);
  return spellDuration(ms);
};

function spellDuration(ms: number): string {
  if (ms === 0) return "0";
  for (const unit of ["d", "h", "min", "s"] as const) {
    const size = timeUnits[unit] as number;
    if (ms % size === 0) return `${ms / size}${unit}`;
  }
  return `${ms}ms`;
}

/** The milliseconds of a text that durationMs gave. */
export function millisecondsOf(spelling: string): number {
  const match = /^(\d+)([a-z]*)$/.exec(spelling);
  if (match === null) return 0;
  return Number(match[1]) * (match[2] === "" ? 1 : (timeUnits[match[2] as string] ?? 1));
}

/** Differs from PostgreSQL: those of several bytes a character are 0A000, so nothing is claimed that is not sent. */
export const clientEncoding: ReadSetting = (name, value) => {
  const encoding = encodingOf(value);
  if (encoding === undefined) throw invalidSettingValue(name, value);
  if (!servedEncodings.includes(encoding))
    throw unsupportedSettingValue(name, value, servedEncodings.join(", "));
  // What old drivers of Java look for.
  return value === "UNICODE" ? value : encoding;
};

/** Differs from PostgreSQL: a value that PostgreSQL knows and that is not printed here is 0A000. */
export function onlySupported(supported: string, ...known: readonly string[]): ReadSetting {
  const read = oneOf(supported, ...known);
  return (name, value) => {
    if (read(name, value) !== supported) throw unsupportedSettingValue(name, value, supported);
    return supported;
  };
}

export const timeZone: ReadSetting = (name, value) => {
  // A plain number counts hours east of UTC.
  if (/^\s*[+-]?(\d+(\.\d*)?|\.\d+)\s*$/.test(value)) {
    const seconds = Math.round(Number(value) * 3600);
    if (Math.abs(seconds) > 167 * 3600) throw invalidSettingValue(name, value);
    return fixedTimeZone(seconds).name;
  }
  const zone = findTimeZone(value);
  if (zone === undefined) throw invalidSettingValue(name, value);
  return zone.name;
};
