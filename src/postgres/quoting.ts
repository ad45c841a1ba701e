// Names and strings as they stand in SQL text that is built for an embedded instance.

export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A string literal that means the same whatever standard_conforming_strings says. */
export function quoteText(text: string): string {
  return `E'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** As PostgreSQL does with long identifiers: the bytes that a name can hold, cut between characters. */
export function truncateName(name: string): string {
  const bytes = Buffer.from(name);
  if (bytes.length <= nameBytesMax) return name;
  let end = nameBytesMax;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}

/** Bytes of an identifier, NAMEDATALEN - 1. */
const nameBytesMax = 63;
