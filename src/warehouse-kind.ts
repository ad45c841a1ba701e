// The kinds of warehouse this release can talk to; the key of the dialect and the driver registries.

export const warehouseKinds = ["duckdb"] as const;

export type WarehouseKind = (typeof warehouseKinds)[number];

/** Kinds that the configuration format knows and this release does not have yet. */
export const plannedWarehouseKinds = ["postgres", "trino", "snowflake", "bigquery"] as const;
