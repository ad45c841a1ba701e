// The compiled zone files of PostgreSQL (TZif, RFC 9636), read for the names that zones have had. Run by the build.
import type { ZoneAbbreviations, ZoneName, ZonePeriods } from "../zone-abbreviations.ts";

const headerBytes = 44;

interface Counts {
  readonly transitions: number;
  readonly types: number;
  readonly nameBytes: number;
  readonly bytes: number;
}

/** Of the block behind the header at `at`; its times have `timeBytes` bytes. */
function countsAt(file: Buffer, at: number, timeBytes: number): Counts {
  if (file.toString("latin1", at, at + 4) !== "TZif") throw new TypeError("no time zone file");
  const [utIndicators, standardIndicators, leaps, transitions, types, nameBytes] = [0, 1, 2, 3, 4, 5].map(
    (index) => file.readUInt32BE(at + 20 + index * 4),
  ) as [number, number, number, number, number, number];
  const bytes =
    transitions * (timeBytes + 1) +
    types * 6 +
    nameBytes +
    leaps * (timeBytes + 4) +
    standardIndicators +
    utIndicators;
  return { transitions, types, nameBytes, bytes };
}

function readZoneFile(file: Buffer): ZonePeriods {
  // The second block has times of 64 bits, and the rule behind it.
  const start = headerBytes + countsAt(file, 0, 4).bytes;
  const { transitions, types, nameBytes, bytes } = countsAt(file, start, 8);
  const times = start + headerBytes;
  const indexes = times + transitions * 8;
  const records = indexes + transitions;
  const nameTable = file.subarray(records + types * 6, records + types * 6 + nameBytes);
  const nameOf = (type: number): ZoneName => {
    const record = records + type * 6;
    const nameAt = file[record + 5] as number;
    return [file.readInt32BE(record), nameTable.toString("latin1", nameAt, nameTable.indexOf(0, nameAt))];
  };
  const from: number[] = [];
  const names = [nameOf(0)];
  let last = 0;
  for (let index = 0; index < transitions; index++) {
    last = Number(file.readBigInt64BE(times + index * 8));
    const name = nameOf(file[indexes + index] as number);
    if (String(name) === String(names.at(-1))) continue;
    from.push(last);
    names.push(name);
  }
  const rule = namesOfRule(file.toString("latin1", times + bytes).trim());
  return rule.length === 0 ? { from, names } : { from, names, rule: { from: last, names: rule } };
}

const rulePattern =
  /^(?<standard><[^>]+>|[A-Za-z]+)(?<west>[+-]?[\d:]+)(?:(?<summer><[^>]+>|[A-Za-z]+)(?<summerWest>[+-]?[\d:]+)?,.*)?$/;

/** `CET-1CEST,M3.5.0,M10.5.0/3`: the names, by seconds east of UTC. */
function namesOfRule(rule: string): readonly ZoneName[] {
  if (rule === "") return [];
  const groups = rulePattern.exec(rule)?.groups;
  if (groups === undefined) throw new TypeError(`the rule of a time zone: ${rule}`);
  const bare = (name: string | undefined) => (name ?? "").replace(/[<>]/g, "");
  const standard = eastOf(groups["west"] ?? "");
  const names: ZoneName[] = [[standard, bare(groups["standard"])]];
  const { summer, summerWest } = groups as Record<string, string | undefined>;
  if (summer !== undefined)
    names.push([summerWest === undefined ? standard + 3600 : eastOf(summerWest), bare(summer)]);
  return names;
}

function eastOf(west: string): number {
  const [hours = "0", minutes = "0", seconds = "0"] = west.replace(/^[+-]/, "").split(":");
  const size = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
  return west.startsWith("-") ? size : 0 - size;
}

/** `files`: the content of each zone's file, by the name of the zone. Many zones are one. */
export function abbreviationsOf(files: ReadonlyMap<string, Buffer>): ZoneAbbreviations {
  const periods: ZonePeriods[] = [];
  const zones: Record<string, number> = {};
  const places = new Map<string, number>();
  for (const [name, file] of files) {
    const content = file.toString("latin1");
    const place = places.get(content) ?? periods.push(readZoneFile(file)) - 1;
    places.set(content, place);
    zones[name.toLowerCase()] = place;
  }
  return { periods, zones };
}
