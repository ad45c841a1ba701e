// The kinds of warehouse this release can talk to; the key of the dialect and the driver registries.

export const warehouseKinds = ["duckdb", "postgres"] as const;

export type WarehouseKind = (typeof warehouseKinds)[number];

/** Kinds that the configuration format knows and this release does not have yet. */
export const plannedWarehouseKinds = ["trino", "snowflake", "bigquery"] as const;
