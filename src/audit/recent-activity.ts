// What the last hour's statements were like, for operators: counted from the audit's records as they are written, in
// memory, and gone with the process. No values but the texts of the slowest statements, shortened.
import type { Clock } from "../clock.ts";
import { sqlstates } from "../sqlstate.ts";
import { type AuditLog, watchedLog } from "./audit-log.ts";
import type { AuditRecord, ClosedRecord, OpenedRecord } from "./audit-record.ts";

const minuteMs = 60_000;
const minutesMax = 60;
/** Statements that have begun and not ended. */
const openMax = 10_000;
/** Different members, and different groups, that are told apart in one minute. */
const namesMax = 2000;
const listedMax = 20;
const textCharactersMax = 500;

/** Upper ends of the classes that durations are counted in, in milliseconds; each is a fifth above the one before. */
const durationsMs = Array.from({ length: 84 }, (_, index) => 1.2 ** index * 0.1);

export interface MinuteActivity {
  /** Milliseconds since 1970. */
  readonly startMs: number;
  /** Statements of the lens that ended. */
  readonly statements: number;
  /** Of these, with an error. */
  readonly failed: number;
  /** Statements that never ran. */
  readonly refused: number;
  readonly rows: number;
  /** Milliseconds; undefined without statements. */
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
}

export interface SlowStatement {
  readonly time: string;
  readonly user: string;
  readonly group: string | undefined;
  readonly lens: string;
  readonly sql: string;
  readonly durationMs: number;
  readonly rows: number;
  readonly outcome: string;
}

export interface GroupActivity {
  readonly lens: string;
  readonly group: string;
  readonly statements: number;
  /** Of these, with a masked member, and with a row filter. */
  readonly masked: number;
  readonly filtered: number;
}

export interface ActivitySummary {
  /** The oldest first; minutes in which nothing happened are there. */
  readonly minutes: readonly MinuteActivity[];
  /** Most used first. */
  readonly members: readonly { readonly member: string; readonly statements: number }[];
  readonly slowest: readonly SlowStatement[];
  readonly groups: readonly GroupActivity[];
}

type GroupCounts = { -readonly [Key in keyof GroupActivity]: GroupActivity[Key] };

interface Minute {
  statements: number;
  failed: number;
  refused: number;
  rows: number;
  readonly durations: number[];
  readonly members: Map<string, number>;
  readonly groups: Map<string, GroupCounts>;
  slowest: SlowStatement[];
}

export class RecentActivity {
  readonly #clock: Clock;
  /** By minutes since 1970. */
  readonly #minutes = new Map<number, Minute>();
  readonly #open = new Map<string, OpenedRecord>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The log, with what it is given looked at. */
  watching(log: AuditLog): AuditLog {
    return watchedLog(log, (record) => this.#see(record));
  }

  summary(): ActivitySummary {
    const last = this.#minuteNow();
    const numbers = Array.from({ length: minutesMax }, (_, index) => last - minutesMax + 1 + index);
    const seen = numbers.flatMap((number) => this.#minutes.get(number) ?? []);
    return {
      minutes: numbers.map((number) => shownMinute(number, this.#minutes.get(number))),
      members: membersOf(seen),
      slowest: slowestOf(seen.flatMap((minute) => minute.slowest)),
      groups: groupsOf(seen),
    };
  }

  #see(record: AuditRecord): void {
    if (record.event === "opened") {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined && this.#open.size >= openMax) this.#open.delete(oldest);
      this.#open.set(record.id, record);
    } else if (record.event === "refused") {
      this.#minute().refused += 1;
    } else if (record.event === "closed") {
      const opened = this.#open.get(record.id);
      this.#open.delete(record.id);
      if (opened !== undefined) addStatement(this.#minute(), opened, record);
    }
  }

  #minuteNow(): number {
    return Math.floor(this.#clock.now() / minuteMs);
  }

  #minute(): Minute {
    const now = this.#minuteNow();
    let minute = this.#minutes.get(now);
    if (minute === undefined) {
      for (const number of this.#minutes.keys()) if (number <= now - minutesMax) this.#minutes.delete(number);
      minute = {
        statements: 0,
        failed: 0,
        refused: 0,
        rows: 0,
        durations: new Array<number>(durationsMs.length).fill(0),
        members: new Map(),
        groups: new Map(),
        slowest: [],
      };
      this.#minutes.set(now, minute);
    }
    return minute;
  }
}

function addStatement(minute: Minute, opened: OpenedRecord, closed: ClosedRecord): void {
  minute.statements += 1;
  if (closed.outcome !== sqlstates.successful_completion) minute.failed += 1;
  minute.rows += closed.rows;
  const found = durationsMs.findIndex((end) => closed.durationMs <= end);
  const place = found === -1 ? durationsMs.length - 1 : found;
  minute.durations[place] = (minute.durations[place] ?? 0) + 1;
  for (const member of opened.members) {
    const count = minute.members.get(member);
    if (count !== undefined || minute.members.size < namesMax) minute.members.set(member, (count ?? 0) + 1);
  }
  addGroup(minute, opened);
  const { time, user, group, lens } = opened;
  const { durationMs, rows, outcome } = closed;
  const sql = opened.sql.slice(0, textCharactersMax);
  minute.slowest = slowestOf([
    ...minute.slowest,
    { time, user, group, lens, sql, durationMs, rows, outcome },
  ]);
}

function addGroup(minute: Minute, { lens, group = "", masked, segments }: OpenedRecord): void {
  const key = JSON.stringify([lens, group]);
  const counts = minute.groups.get(key) ?? { lens, group, statements: 0, masked: 0, filtered: 0 };
  if (minute.groups.size >= namesMax && !minute.groups.has(key)) return;
  minute.groups.set(key, counts);
  counts.statements += 1;
  if (masked.length > 0) counts.masked += 1;
  if (segments.length > 0) counts.filtered += 1;
}

function slowestOf(statements: readonly SlowStatement[]): SlowStatement[] {
  return [...statements].sort((a, b) => b.durationMs - a.durationMs).slice(0, listedMax);
}

function shownMinute(number: number, minute: Minute | undefined): MinuteActivity {
  const { statements = 0, failed = 0, refused = 0, rows = 0, durations = [] } = minute ?? {};
  const p50Ms = percentile(durations, statements * 0.5);
  const p95Ms = percentile(durations, statements * 0.95);
  return { startMs: number * minuteMs, statements, failed, refused, rows, p50Ms, p95Ms };
}

function percentile(durations: readonly number[], rank: number): number | undefined {
  if (rank === 0) return undefined;
  let below = 0;
  const place = durations.findIndex((count) => {
    below += count;
    return below >= rank;
  });
  return durationsMs[place];
}

function membersOf(minutes: readonly Minute[]): ActivitySummary["members"] {
  const counts = new Map<string, number>();
  for (const { members } of minutes)
    for (const [member, count] of members) counts.set(member, (counts.get(member) ?? 0) + count);
  const sorted = [...counts].sort(([, a], [, b]) => b - a).slice(0, listedMax);
  return sorted.map(([member, statements]) => ({ member, statements }));
}

function groupsOf(minutes: readonly Minute[]): readonly GroupActivity[] {
  const sums = new Map<string, GroupCounts>();
  for (const { groups } of minutes) {
    for (const [key, { lens, group, statements, masked, filtered }] of groups) {
      const sum = sums.get(key) ?? { lens, group, statements: 0, masked: 0, filtered: 0 };
      sum.statements += statements;
      sum.masked += masked;
      sum.filtered += filtered;
      sums.set(key, sum);
    }
  }
  return [...sums.values()].sort((a, b) => b.statements - a.statements);
}
