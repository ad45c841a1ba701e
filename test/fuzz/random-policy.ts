// Random policies over a random lens: masks on columns, expressions and measures, forced segments, for one group.
import type { Draw } from "./draw.ts";
import type { Cell, DataRow } from "./fuzz-lens.ts";
import { columnsOf } from "./lens-members.ts";
import { followOf, type LensSpec, type TableSpec } from "./lens-spec.ts";
import { type Mask, maskedValue, type Sight } from "./sight.ts";

export interface Policy {
  /** The group's one user has the same name. */
  readonly group: string;
  /** By `table.member`. */
  readonly masks: ReadonlyMap<string, Mask>;
  /** Forced segments, `table.segment`. */
  readonly segments: ReadonlySet<string>;
}

export function drawPolicy(draw: Draw, spec: LensSpec): Policy {
  const tables = spec.tables.map((table) => drawTablePolicy(draw, table));
  return {
    group: "restricted",
    masks: new Map(tables.flatMap(({ masks }) => masks)),
    segments: new Set(tables.flatMap(({ segments }) => segments)),
  };
}

function drawTablePolicy(draw: Draw, table: TableSpec) {
  const masks: [string, Mask][] = [];
  const segments: string[] = [];
  const mask = (member: string, percent: number, functions: readonly Mask[]) => {
    if (draw.chance(percent)) masks.push([`${table.name}.${member}`, draw.pick(functions)]);
  };
  for (const { name, type } of columnsOf(table))
    if (name !== "s")
      mask(name, ["g", "w"].includes(name) ? 35 : 15, type === "text" ? ["redact", "md5"] : ["redact"]);
  mask("sm", 30, ["redact", "md5"]);
  for (const measure of ["mw", "sx", "n", "c1", "r1"]) mask(measure, 6, ["redact"]);
  if (draw.chance(35)) segments.push(`${table.name}.h1`);
  if (table.through !== undefined && draw.chance(25)) segments.push(`${table.name}.oh`);
  return { masks, segments };
}

/** What a user of the policy's group sees, as the design words it. */
export function sightOf(policy: Policy, spec: LensSpec): Sight {
  const copies = new Map<DataRow, DataRow>();
  const tables = new Map(spec.tables.map((table) => [table.name, table]));
  const tableOf = (name: string): TableSpec => {
    const table = tables.get(name);
    if (table === undefined) throw new Error(`no table ${name}`);
    return table;
  };
  return {
    // A forced segment is over raw values, of other tables too, also of rows that the reader does not see.
    sees: (name, row) => {
      const table = tableOf(name);
      if (policy.segments.has(`${name}.h1`) && row["h"] !== 1) return false;
      if (!policy.segments.has(`${name}.oh`)) return true;
      return followOf(table.through ?? [], spec, () => true)(row)?.["h"] === 1;
    },
    masked: (name, row) => {
      const known = copies.get(row) ?? maskedRow(policy, tableOf(name), row);
      copies.set(row, known);
      return known;
    },
    redacts: (name, column) => policy.masks.get(`${name}.${column}`) === "redact",
    memberMask: (name, member) => policy.masks.get(`${name}.${member}`),
  };
}

function maskedRow(policy: Policy, table: TableSpec, row: DataRow): DataRow {
  const cells = columnsOf(table).map(({ name, type }): [string, Cell] => {
    const value = row[name] ?? null;
    const mask = policy.masks.get(`${table.name}.${name}`);
    return [name, mask === undefined ? value : maskedValue(mask, type, value)];
  });
  return Object.fromEntries(cells);
}
