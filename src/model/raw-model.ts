// What may stand in the files of a model folder, key by key, before anything is resolved.
import { z } from "zod";
import { attributeTypes } from "../attributes.ts";
import { mapOf } from "../yaml-shape.ts";
import type { YamlPart } from "../yaml-source.ts";

/** A checked piece of a file and where it stands. */
export interface Raw<T> {
  readonly value: T;
  readonly part: YamlPart;
}

const text = z.string();
const flag = z.boolean();
const anything = z.unknown();
const names = z.array(z.string());
/** Free but for `secure`, which is looked at on its own. */
const meta = z.looseObject({ secure: anything.optional() });

const relationships = {
  one_to_one: "one_to_one",
  one_to_many: "one_to_many",
  many_to_one: "many_to_one",
  "one-to-one": "one_to_one",
  "one-to-many": "one_to_many",
  "many-to-one": "many_to_one",
  hasOne: "one_to_one",
  has_one: "one_to_one",
  hasMany: "one_to_many",
  has_many: "one_to_many",
  belongsTo: "many_to_one",
  belongs_to: "many_to_one",
} as const;

/** The second is what the first was called before. */
const visibility = { public: flag.optional(), shown: flag.optional() };

/** A text, or SQL for one. */
const label = z.union([text, mapOf({ sql: text })], { error: "expected text or a map of sql" });

const listed = {
  name: text,
  title: text.optional(),
  description: text.optional(),
  ...visibility,
  meta: meta.optional(),
};

export const fileShape = mapOf({
  tables: z.array(anything).optional(),
  views: z.array(anything).optional(),
});

export const groupFileShape = mapOf({
  user_groups: z.array(anything).optional(),
  userGroups: z.array(anything).optional(),
  /** The types of attributes, by name. */
  attributes: z.record(text, z.enum(attributeTypes)).optional(),
});

export const tableShape = mapOf({
  name: text,
  sql: text,
  description: text.optional(),
  data_source: text.optional(),
  ...visibility,
  meta: anything.optional(),
  joins: z.array(anything).optional(),
  dimensions: z.array(anything).optional(),
  measures: z.array(anything).optional(),
  segments: z.array(anything).optional(),
});

export const joinShape = mapOf({
  name: text,
  relationship: z
    .enum(Object.keys(relationships) as (keyof typeof relationships)[])
    .transform((spelling) => relationships[spelling]),
  sql: text,
});

export const dimensionShape = mapOf({
  ...listed,
  type: z.enum(["string", "number", "time", "boolean"]),
  column: text.optional(),
  sql: text.optional(),
  primary_key: flag.optional(),
  sub_query: flag.optional(),
  propagate_filters_to_sub_query: flag.optional(),
  case: mapOf({
    when: z.array(mapOf({ sql: text, label })).min(1, "expected at least one item"),
    else: mapOf({ label }).optional(),
  }).optional(),
  format: anything.optional(),
});

const rollingWindowShape = mapOf({
  type: z.enum(["fixed", "to_date"]).optional(),
  granularity: z.enum(["day", "week", "month", "quarter", "year"]).optional(),
  trailing: text.optional(),
  leading: text.optional(),
  offset: z.enum(["start", "end"]).optional(),
});

export const measureShape = mapOf({
  ...listed,
  type: z.enum([
    "count",
    "count_distinct",
    "count_distinct_approx",
    "sum",
    "avg",
    "min",
    "max",
    "number",
    "string",
    "time",
    "boolean",
  ]),
  sql: text.optional(),
  filters: z.array(mapOf({ sql: text })).optional(),
  rolling_window: rollingWindowShape.optional(),
  rollingWindow: rollingWindowShape.optional(),
  drill_members: names.optional(),
  drillMembers: names.optional(),
  format: anything.optional(),
});

export const segmentShape = mapOf({ ...listed, sql: text });

export const viewShape = mapOf({
  name: text,
  description: text.optional(),
  ...visibility,
  meta: anything.optional(),
  tables: z.array(anything).min(1, "expected at least one item"),
});

export const viewTableShape = mapOf({
  join_path: text,
  prefix: flag.optional(),
  includes: z.union([z.literal("*"), names], { error: 'expected "*" or a list of members' }),
  excludes: names.optional(),
});

/** One name or several; `"*"` may be either. */
const principals = z.union([z.string(), names], { error: 'expected "*" or a list' });

export const groupShape = mapOf({
  name: text,
  description: text.optional(),
  api_scopes: names.optional(),
  includes: principals.optional(),
  excludes: principals.optional(),
  allow_private_members_access: flag.optional(),
  attributes: z.record(text, anything).optional(),
  rateLimits: mapOf({
    requestsPerMinute: z.int().positive("expected a number above 0").optional(),
    requestsPerHour: z.int().positive("expected a number above 0").optional(),
    concurrentRequests: z.int().positive("expected a number above 0").optional(),
  }).optional(),
});

const secureGroups = z.union(
  [z.string(), names, mapOf({ includes: principals, excludes: principals.optional() })],
  { error: 'expected "*", a list of groups, or a map of includes and excludes' },
);

export const maskShape = mapOf({ func: z.enum(["redact", "md5"]), user_groups: secureGroups });
export const rowFilterShape = mapOf({ user_groups: secureGroups });

export type RawTable = z.infer<typeof tableShape>;
export type RawJoin = z.infer<typeof joinShape>;
export type RawDimension = z.infer<typeof dimensionShape>;
export type RawMeasure = z.infer<typeof measureShape>;
export type RawSegment = z.infer<typeof segmentShape>;
export type RawView = z.infer<typeof viewShape>;
export type RawViewTable = z.infer<typeof viewTableShape>;
export type RawGroup = z.infer<typeof groupShape>;
export type RawGroupFile = z.infer<typeof groupFileShape>;
export type RawSecureGroups = z.infer<typeof secureGroups>;

/** A table with its members, each checked on its own. What is not usable is left out; its name is in `broken`. */
export interface RawTableParts {
  readonly table: Raw<RawTable>;
  readonly joins: readonly Raw<RawJoin>[];
  readonly dimensions: readonly Raw<RawDimension>[];
  readonly measures: readonly Raw<RawMeasure>[];
  readonly segments: readonly Raw<RawSegment>[];
  readonly broken: ReadonlySet<string>;
}

export interface RawViewParts {
  readonly view: Raw<RawView>;
  readonly tables: readonly Raw<RawViewTable>[];
}

export interface RawModel {
  readonly tables: readonly RawTableParts[];
  readonly views: readonly RawViewParts[];
  /** undefined: there is no group file. */
  readonly groups: readonly Raw<RawGroup>[] | undefined;
  /** undefined: none is declared. */
  readonly attributes: Raw<NonNullable<RawGroupFile["attributes"]>> | undefined;
  /** Something could not be read at all, so a name that is not found may well exist. */
  readonly incomplete: boolean;
  readonly version: string;
}
