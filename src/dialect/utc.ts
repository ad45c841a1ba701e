// Sessions at UTC, in which days and months are the same whatever the zone of a time.

const utcNames = /^(utc|gmt|etc\/utc|etc\/gmt|zulu|etc\/zulu|universal|etc\/universal|z|uct|etc\/uct)$/i;

/** Whether a TimeZone, as SHOW prints it, is UTC by one of its names. */
export function isUtc(zone: string): boolean {
  return utcNames.test(zone);
}
