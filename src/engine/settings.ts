// The settings of one session: what SET, SET LOCAL and RESET did, undone where a transaction or savepoint is.
import { dateStyle } from "./date-style.ts";
import type { SettingsReader } from "./query-engine.ts";
import {
  forbiddenRole,
  forbiddenSessionAuthorization,
  forbiddenSetting,
  invalidSettingName,
  unchangeableSetting,
  unknownSetting,
} from "./session-errors.ts";
import { reportedSettings, type SettingDefinition, settingDefinitions } from "./setting-definitions.ts";
import { anyText } from "./setting-values.ts";

type Values = ReadonlyMap<string, string>;

/** All values at one moment; cheap, because maps are replaced and never changed. */
export interface SettingsSnapshot {
  readonly session: Values;
  readonly local: Values;
}

export interface SaidSetting {
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  readonly reset: string;
  /** Undefined where it is what the server says. */
  readonly source: string | undefined;
}

/** Settings that hold for one transaction only, whoever sets them. */
const transactionSettings = new Set([
  "transaction_isolation",
  "transaction_read_only",
  "transaction_deferrable",
]);

/** Custom names (`my.setting`) that one session may hold. */
const customSettingsMax = 200;

/** Bytes of one value: PostgreSQL has no limit, a client's memory here is bounded. */
const valueCharsMax = 16_384;

export class Settings implements SettingsReader {
  private readonly user: string;
  /** What RESET goes back to: the server's values, then what the client said at startup. */
  private initial: Values;
  private session: Values = new Map();
  private local: Values = new Map();
  private readonly startup = new Set<string>();
  private readonly told = new Map<string, string>();
  /** The values that the last report was made from: most statements change none. */
  private reportedFrom: SettingsSnapshot | undefined;

  /** `fixed` holds values of the server itself, such as server_version, by name. */
  constructor(user: string, fixed: Readonly<Record<string, string>>) {
    this.user = user;
    const initial = new Map<string, string>([["session_authorization", user]]);
    for (const [name, value] of Object.entries(fixed)) initial.set(name.toLowerCase(), value);
    this.initial = initial;
  }

  get(name: string): string | undefined {
    const key = name.toLowerCase();
    const value = this.local.get(key) ?? this.session.get(key);
    if (value !== undefined) return value;
    // A transaction begins with the session's defaults.
    if (transactionSettings.has(key)) return this.get(`default_${key}`);
    return this.initial.get(key) ?? settingDefinitions.get(key)?.initial;
  }

  /** Throws 42704. */
  show(name: string): { readonly name: string; readonly value: string } {
    const value = this.get(name);
    if (value === undefined) throw unknownSetting(name);
    return { name: settingDefinitions.get(name.toLowerCase())?.name ?? name, value };
  }

  showAll(): readonly { readonly name: string; readonly value: string }[] {
    return [...settingDefinitions.values()].map((definition) => this.show(definition.name));
  }

  /** Every value there is, custom ones (`my.setting`) too, by lower-case name. */
  values(): ReadonlyMap<string, string> {
    const names = [settingDefinitions, this.initial, this.session, this.local].flatMap((each) => [
      ...each.keys(),
    ]);
    return new Map(names.map((name) => [name.toLowerCase(), this.get(name) ?? ""]));
  }

  /** What pg_settings shows of each. `reset`: the value that RESET goes back to. */
  said(): readonly SaidSetting[] {
    return [...settingDefinitions].map(([key, { initial, access }]) => {
      const source = access === "session" ? this.sourceOf(key) : undefined;
      return { key, value: this.get(key) ?? "", reset: this.initial.get(key) ?? initial, source };
    });
  }

  private sourceOf(key: string): string {
    if (this.local.has(key) || this.session.has(key)) return "session";
    return this.startup.has(key) ? "client" : "default";
  }

  /** Throws 42704, 22023, 42501, 55P02, 0A000. */
  set(name: string, value: string, local: boolean): void {
    const key = name.toLowerCase();
    const checked = this.check(name, value);
    this.keepTransaction(key);
    if (local || transactionSettings.has(key)) {
      this.local = withEntry(this.local, key, checked);
      return;
    }
    this.session = withEntry(this.session, key, checked);
    this.local = withoutEntry(this.local, key);
  }

  /** Back to the value at startup. Throws 42704, 55P02, 42501. */
  reset(name: string, local: boolean): void {
    const key = name.toLowerCase();
    const definition = this.definition(name);
    if (definition.access !== "session") this.refuse(definition);
    this.keepTransaction(key);
    if (local) {
      this.local = withEntry(this.local, key, this.initial.get(key) ?? definition.initial);
      return;
    }
    this.session = withoutEntry(this.session, key);
    this.local = withoutEntry(this.local, key);
  }

  resetAll(): void {
    for (const key of transactionSettings) this.keepTransaction(`default_${key}`);
    // PostgreSQL leaves these out of RESET ALL; SET SESSION AUTHORIZATION DEFAULT changes them.
    const kept = new Map([...this.local].filter(([key]) => transactionSettings.has(key)));
    this.session = new Map();
    this.local = kept;
  }

  /** Takes a startup parameter: it becomes what RESET goes back to. Errors as set(). */
  setInitial(name: string, value: string): void {
    const key = name.toLowerCase();
    this.initial = withEntry(this.initial, key, this.check(name, value));
    this.startup.add(key);
  }

  snapshot(): SettingsSnapshot {
    return { session: this.session, local: this.local };
  }

  restore(snapshot: SettingsSnapshot): void {
    this.session = snapshot.session;
    this.local = snapshot.local;
  }

  /** SET LOCAL ends with its transaction. */
  endTransaction(): void {
    if (this.local.size > 0) this.local = new Map();
  }

  /** Reported settings whose value is not what the client was told last; they count as told from now on. */
  takeReports(): readonly { readonly name: string; readonly value: string }[] {
    const { reportedFrom } = this;
    if (reportedFrom?.session === this.session && reportedFrom.local === this.local) return [];
    this.reportedFrom = this.snapshot();
    const changed: { name: string; value: string }[] = [];
    for (const { name } of reportedSettings) {
      const value = this.get(name) ?? "";
      if (this.told.get(name) === value) continue;
      this.told.set(name, value);
      changed.push({ name, value });
    }
    return changed;
  }

  /** A default that changes holds for later transactions: the one under way stays what it is. */
  private keepTransaction(key: string): void {
    const own = key.startsWith("default_") ? key.slice("default_".length) : key;
    if (own === key || !transactionSettings.has(own) || this.local.has(own)) return;
    this.local = withEntry(this.local, own, this.get(own) ?? "");
  }

  private definition(name: string): SettingDefinition {
    const known = settingDefinitions.get(name.toLowerCase());
    if (known !== undefined) return known;
    if (!name.includes(".")) throw unknownSetting(name);
    if (!name.split(".").every((part) => /^[\p{L}_][\p{L}\p{N}_$]*$/u.test(part)))
      throw invalidSettingName(name);
    return { name, initial: "", read: anyText, access: "session", reported: false };
  }

  private check(name: string, value: string): string {
    const definition = this.definition(name);
    if (definition.access !== "session") this.refuse(definition);
    const isNew = this.get(name) === undefined;
    if (value.length > valueCharsMax || (isNew && this.session.size >= customSettingsMax)) {
      throw forbiddenSetting(definition.name);
    }
    switch (definition.name) {
      case "DateStyle":
        return this.readDateStyle(definition, value);
      case "role":
        if (value !== "none" && value !== this.user) throw forbiddenRole(value);
        return value;
      case "session_authorization":
        if (value !== this.user) throw forbiddenSessionAuthorization(value);
        return value;
      default:
        return definition.read(definition.name, value);
    }
  }

  private readDateStyle({ name, initial }: SettingDefinition, value: string): string {
    const read = dateStyle(this.get(name) ?? initial, this.initial.get(name.toLowerCase()) ?? initial);
    return read(name, value);
  }

  private refuse(definition: SettingDefinition): never {
    throw definition.access === "fixed"
      ? unchangeableSetting(definition.name)
      : forbiddenSetting(definition.name);
  }
}

function withEntry(values: Values, key: string, value: string): Values {
  return new Map(values).set(key, value);
}

function withoutEntry(values: Values, key: string): Values {
  if (!values.has(key)) return values;
  const copy = new Map(values);
  copy.delete(key);
  return copy;
}
