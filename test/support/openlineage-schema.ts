// What spec 2-0-2 of OpenLineage and its facets ask of an event, as a schema: all keys that are sent, and no other.
import { z } from "zod";

const uri = z.string().regex(/^[a-z][a-z0-9+.-]*:\S+$/i);
const facet = (version: string, name: string, shape: z.ZodRawShape) =>
  z.strictObject({
    _producer: uri,
    _schemaURL: z.literal(`https://openlineage.io/spec/facets/${version}/${name}.json#/$defs/${name}`),
    ...shape,
  });

const direct = ["IDENTITY", "TRANSFORMATION", "AGGREGATION"] as const;
const indirect = ["JOIN", "GROUP_BY", "FILTER", "SORT", "WINDOW", "CONDITIONAL"] as const;
const more = { description: z.string().optional(), masking: z.boolean().optional() };
const inputField = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  field: z.string().min(1),
  transformations: z
    .array(
      z.discriminatedUnion("type", [
        z.strictObject({ type: z.literal("DIRECT"), subtype: z.enum(direct), ...more }),
        z.strictObject({ type: z.literal("INDIRECT"), subtype: z.enum(indirect), ...more }),
      ]),
    )
    .min(1),
});

const datasetFacets = z.strictObject({
  schema: facet("1-1-1", "SchemaDatasetFacet", {
    fields: z.array(z.strictObject({ name: z.string(), type: z.string().optional() })),
  }).optional(),
  columnLineage: facet("1-2-0", "ColumnLineageDatasetFacet", {
    fields: z.record(z.string(), z.strictObject({ inputFields: z.array(inputField) })),
    dataset: z.array(inputField).optional(),
  }).optional(),
});
const dataset = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  facets: datasetFacets.optional(),
});
const outputStatistics = facet("1-0-2", "OutputStatisticsOutputDatasetFacet", {
  rowCount: z.int().min(0),
  size: z.int().min(0),
});
const job = z.strictObject({
  namespace: z.string().min(1),
  name: z.string().min(1),
  facets: z.strictObject({
    jobType: facet("2-0-3", "JobTypeJobFacet", {
      processingType: z.enum(["BATCH", "STREAMING"]),
      integration: z.string(),
      jobType: z.string().optional(),
    }),
    sql: facet("1-1-0", "SQLJobFacet", { query: z.string() }).optional(),
  }),
});
const base = (kind: string) => ({
  eventTime: z.iso.datetime(),
  producer: uri,
  schemaURL: z.literal(`https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/${kind}`),
});
const datasets = {
  inputs: z.array(dataset),
  outputs: z.array(dataset.extend({ outputFacets: z.strictObject({ outputStatistics }).optional() })),
};

export const runEventSchema = z.strictObject({
  ...base("RunEvent"),
  eventType: z.enum(["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"]),
  run: z.strictObject({
    runId: z.uuid(),
    facets: z
      .strictObject({
        errorMessage: facet("1-0-1", "ErrorMessageRunFacet", {
          message: z.string(),
          programmingLanguage: z.string(),
        }),
      })
      .optional(),
  }),
  job,
  ...datasets,
});
