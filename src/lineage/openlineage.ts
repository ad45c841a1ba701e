// OpenLineage events, spec 2-0-2: their shapes as far as they are sent, and what all of them are made of.
import type { LineageUse } from "../column-lineage.ts";

/** Names this program as the source of an event. */
const producer = "urn:lenswire:server";

const spec = "https://openlineage.io/spec";

interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
}

export interface InputField {
  readonly namespace: string;
  readonly name: string;
  readonly field: string;
  readonly transformations: readonly {
    readonly type: "DIRECT" | "INDIRECT";
    readonly subtype: string;
    readonly description: string;
    readonly masking: boolean;
  }[];
}

export interface Dataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: {
    readonly schema?: Facet & {
      readonly fields: readonly { readonly name: string; readonly type?: string }[];
    };
    readonly columnLineage?: Facet & {
      readonly fields: Readonly<Record<string, { readonly inputFields: readonly InputField[] }>>;
      readonly dataset?: readonly InputField[];
    };
  };
  readonly outputFacets?: {
    readonly outputStatistics: Facet & { readonly rowCount: number; readonly size: number };
  };
}

export interface Job {
  readonly namespace: string;
  readonly name: string;
  readonly facets: {
    readonly jobType: Facet & {
      readonly processingType: "BATCH";
      readonly integration: "LENSWIRE";
      readonly jobType: "QUERY";
    };
    readonly sql?: Facet & { readonly query: string };
  };
}

interface EventBase {
  /** RFC 3339. */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
}

export interface RunEvent extends EventBase {
  readonly eventType: "START" | "COMPLETE" | "FAIL" | "ABORT";
  readonly run: {
    /** A UUID: the id of the audit's records. */
    readonly runId: string;
    readonly facets?: {
      readonly errorMessage: Facet & { readonly message: string; readonly programmingLanguage: "SQL" };
    };
  };
  readonly job: Job;
  readonly inputs: readonly Dataset[];
  readonly outputs: readonly Dataset[];
}

export function eventBase(eventTime: string): EventBase {
  return { eventTime, producer, schemaURL: `${spec}/2-0-2/OpenLineage.json#/$defs/RunEvent` };
}

const facetVersions = {
  ColumnLineageDatasetFacet: "1-2-0",
  ErrorMessageRunFacet: "1-0-1",
  JobTypeJobFacet: "2-0-3",
  OutputStatisticsOutputDatasetFacet: "1-0-2",
  SQLJobFacet: "1-1-0",
  SchemaDatasetFacet: "1-1-1",
} as const;

export function facet(name: keyof typeof facetVersions): Facet {
  const _schemaURL = `${spec}/facets/${facetVersions[name]}/${name}.json#/$defs/${name}`;
  return { _producer: producer, _schemaURL };
}

export function jobOf(namespace: string, name: string, sql?: string): Job {
  return {
    namespace,
    name,
    facets: {
      jobType: {
        ...facet("JobTypeJobFacet"),
        processingType: "BATCH",
        integration: "LENSWIRE",
        jobType: "QUERY",
      },
      ...(sql !== undefined && { sql: { ...facet("SQLJobFacet"), query: sql } }),
    },
  };
}

const subtypes: Readonly<Record<LineageUse["use"], readonly ["DIRECT" | "INDIRECT", string]>> = {
  identity: ["DIRECT", "IDENTITY"],
  transformation: ["DIRECT", "TRANSFORMATION"],
  aggregation: ["DIRECT", "AGGREGATION"],
  conditional: ["INDIRECT", "CONDITIONAL"],
  filter: ["INDIRECT", "FILTER"],
  group: ["INDIRECT", "GROUP_BY"],
  join: ["INDIRECT", "JOIN"],
  sort: ["INDIRECT", "SORT"],
  window: ["INDIRECT", "WINDOW"],
};

/** One input field for each place, with all that is done to it. */
export function inputFields(
  uses: readonly LineageUse[],
  placeOf: (use: LineageUse) => Pick<InputField, "namespace" | "name" | "field">,
): readonly InputField[] {
  const fields = new Map<string, InputField>();
  for (const each of uses) {
    const [type, subtype] = subtypes[each.use];
    const description = each.masked === undefined ? "" : `masked for the reader: ${each.masked}`;
    const transformation = { type, subtype, description, masking: each.masked !== undefined };
    const place = placeOf(each);
    const key = JSON.stringify([place.namespace, place.name, place.field]);
    const transformations = [...(fields.get(key)?.transformations ?? []), transformation];
    fields.set(key, { ...place, transformations });
  }
  return [...fields.values()];
}
