// Bytes of Bind, or texts of EXECUTE, into parameter values.
import type { Clock } from "../clock.ts";
import { dataTypeOfOid } from "../data-type.ts";
import type { ParameterValue, SettingsReader } from "../engine/query-engine.ts";
import type { ReadParameter } from "../engine/session-options.ts";
import { findTimeZone, fixedTimeZone } from "../time-zone.ts";
import { textOfBinary } from "../wire/binary-parse.ts";
import { decodeText } from "../wire/decode.ts";
import { formatOf } from "../wire/encode.ts";
import type { TextFormatSettings } from "../wire/text-format.ts";
import { parseText } from "../wire/text-parse.ts";

/** The reader that a session needs for EXECUTE. */
export function createReadParameter(clock: Clock): ReadParameter {
  return (typeOid, text, settings) => {
    if (text === null) return { typeOid, text, value: null };
    const type = dataTypeOfOid(typeOid);
    if (type === undefined) return { typeOid, text, value: text };
    const value = parseText(type, text, {
      timeZone: timeZoneOf(settings),
      dateOrder: dateOrderOf(settings),
      nowMs: clock.now(),
    });
    return { typeOid, text, value };
  };
}

/** The parameters of a Bind message. Throws 22P02, 22P03, 22021 and their like. */
export function readBoundParameters(
  types: readonly number[],
  values: readonly (Uint8Array | null)[],
  formats: readonly number[],
  settings: SettingsReader,
  read: ReadParameter,
): readonly ParameterValue[] {
  return values.map((bytes, index) => {
    const typeOid = types[index] ?? 25;
    if (bytes === null) return read(typeOid, null, settings);
    const isBinary = formatOf(formats, index) === 1;
    const text = isBinary ? textOfBinary(typeOid, Buffer.from(bytes), index + 1) : decodeText(bytes);
    return read(typeOid, text, settings);
  });
}

export function textFormatSettings(settings: SettingsReader): TextFormatSettings {
  return {
    timeZone: timeZoneOf(settings),
    extraFloatDigits: Number(settings.get("extra_float_digits") ?? 1),
  };
}

const utc = fixedTimeZone(0);

function timeZoneOf(settings: SettingsReader): TextFormatSettings["timeZone"] {
  return findTimeZone(settings.get("TimeZone") ?? "UTC") ?? utc;
}

function dateOrderOf(settings: SettingsReader): "MDY" | "DMY" | "YMD" {
  const order = settings.get("DateStyle")?.split(", ")[1];
  return order === "DMY" || order === "YMD" ? order : "MDY";
}
