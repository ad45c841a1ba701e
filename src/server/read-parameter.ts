// Bytes of Bind, or texts of EXECUTE, into parameter values.
import type { Clock } from "../clock.ts";
import { dataTypeOfOid } from "../data-type.ts";
import type { ParameterValue, SettingsReader } from "../engine/query-engine.ts";
import type { ReadBinary, ReadParameter } from "../engine/session-options.ts";
import { findTimeZone, fixedTimeZone } from "../time-zone.ts";
import { textOfBinary } from "../wire/binary-parse.ts";
import { type DecodeText, decodeText } from "../wire/decode.ts";
import { formatOf } from "../wire/encode.ts";
import { type TextCodec, textCodecOf } from "../wire/text-codec.ts";
import type { TextFormatSettings } from "../wire/text-format.ts";
import { parseText } from "../wire/text-parse.ts";
import { textStylesOf } from "../wire/text-styles.ts";
import { binaryParameterNotSupported } from "../wire/wire-errors.ts";

/** The reader that a session needs for EXECUTE. */
export function createReadParameter(clock: Clock): ReadParameter {
  return (typeOid, text, settings) => {
    if (text === null) return { typeOid, text, value: null };
    const type = dataTypeOfOid(typeOid);
    if (type === undefined) return { typeOid, text, value: text };
    const value = parseText(type, text, {
      timeZone: timeZoneOf(settings),
      ...textStylesOf(settings),
      nowMs: clock.now(),
    });
    return { typeOid, text, value };
  };
}

/** The reader of rows that go into temporary tables. */
export function createReadBinary(clock: Clock): ReadBinary {
  const read = createReadParameter(clock);
  const settings = { get: () => undefined, set: () => {} };
  return (typeOid, bytes) => {
    const text = textOfBinary(typeOid, Buffer.from(bytes), 0, decodeText);
    if (text === undefined) throw new TypeError(`a value of type ${typeOid} in binary form`);
    return read(typeOid, text, settings).value;
  };
}

/** The parameters of a Bind message. Throws 22P02, 22P03, 22021 and their like. */
export function readBoundParameters(
  expected: { readonly types: readonly number[]; readonly isCatalog: boolean },
  bound: { readonly values: readonly (Uint8Array | null)[]; readonly formats: readonly number[] },
  settings: SettingsReader,
  read: ReadParameter,
): readonly ParameterValue[] {
  const decode: DecodeText = (bytes) => textCodecFor(settings).decode(bytes);
  return bound.values.map((bytes, index) => {
    const typeOid = expected.types[index] ?? 25;
    if (bytes === null) return read(typeOid, null, settings);
    if (formatOf(bound.formats, index) === 0) return read(typeOid, decode(bytes), settings);
    const text = textOfBinary(typeOid, Buffer.from(bytes), index + 1, decode);
    if (text !== undefined) return read(typeOid, text, settings);
    if (!expected.isCatalog) throw binaryParameterNotSupported(index + 1, typeOid);
    // Differs from PostgreSQL: that these bytes are wrong is told by Execute, not by Bind.
    return { typeOid, binary: Uint8Array.from(bytes), text: null, value: null };
  });
}

export function textFormatSettings(settings: SettingsReader): TextFormatSettings {
  return {
    ...textStylesOf(settings),
    timeZone: timeZoneOf(settings),
    extraFloatDigits: Number(settings.get("extra_float_digits") ?? 1),
  };
}

/** In which the session's client writes and reads. */
export function textCodecFor(settings: SettingsReader): TextCodec {
  return textCodecOf(settings.get("client_encoding") ?? "UTF8");
}

const utc = fixedTimeZone(0);

function timeZoneOf(settings: SettingsReader): TextFormatSettings["timeZone"] {
  return findTimeZone(settings.get("TimeZone") ?? "UTC") ?? utc;
}
