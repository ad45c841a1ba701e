// Visible models made by hand, as policy would build them for two groups of one lens.
import { noAttributes } from "../../../src/attributes.ts";
import type { DataType } from "../../../src/data-type.ts";
import type { TypedModel } from "../../../src/model/model.ts";
import type { VisibleColumn, VisibleModel, VisibleRelation } from "../../../src/model/visible-model.ts";

const noModel: TypedModel = {
  linked: { version: "v1", tables: new Map(), views: new Map(), groups: [] },
  tables: new Map(),
};

export function column(
  table: string,
  kind: VisibleColumn["kind"],
  name: string,
  type: DataType,
  comment?: string,
): VisibleColumn {
  return { name, kind, table, member: name, type, comment, masked: undefined };
}

export function relation(
  name: string,
  columns: readonly VisibleColumn[],
  more: Partial<VisibleRelation> = {},
): VisibleRelation {
  return { name, kind: "table", comment: undefined, columns, primaryKey: [], foreignKeys: [], ...more };
}

export function visibleModel(
  group: string,
  relations: readonly VisibleRelation[],
  version = "v1",
): VisibleModel {
  return {
    lens: "public:market",
    group: {
      name: group,
      description: undefined,
      apiScopes: undefined,
      includes: "*",
      excludes: [],
      allowPrivateMembers: false,
      rateLimits: undefined,
      attributes: noAttributes,
    },
    version,
    relations: new Map(relations.map((item) => [item.name, item])),
    nulledMeasures: new Set(),
    clearKeys: new Set(),
    measureMasks: new Map(),
    model: noModel,
  };
}

export const customers = relation(
  "customers",
  [
    column("customers", "dimension", "customer_id", { kind: "bigint" }, "The customer's number"),
    column("customers", "dimension", "zone", { kind: "text" }),
    column("customers", "dimension", "signup_date", { kind: "date" }),
    column(
      "customers",
      "measure",
      "total_balance",
      { kind: "numeric", precision: 12, scale: 2 },
      "measure (sum)",
    ),
    column("customers", "measure", "total_customers", { kind: "bigint" }, "measure (count): how many"),
    column("customers", "segment", "is_big", { kind: "boolean" }),
  ],
  { comment: "Everyone who buys", primaryKey: ["customer_id"] },
);

export const orders = relation(
  "orders",
  [
    column("orders", "dimension", "order_id", { kind: "bigint" }),
    column("orders", "dimension", "customer_id", { kind: "bigint" }),
    column("orders", "dimension", "Order Date", { kind: "timestamp" }),
    column("orders", "dimension", "tags", { kind: "array", element: { kind: "text" } }),
    column("orders", "dimension", "details", { kind: "json" }),
    column(
      "orders",
      "measure",
      "revenue",
      { kind: "double precision" },
      'measure (sum): it\'s "net" \\ of tax',
    ),
  ],
  {
    primaryKey: ["order_id"],
    foreignKeys: [{ columns: ["customer_id"], relation: "customers", relationColumns: ["customer_id"] }],
  },
);

/** What only the group `admin` sees; every name in it holds `s3cret`. */
const secrets = relation(
  "s3cret_salaries",
  [
    column("s3cret_salaries", "dimension", "s3cret_person", { kind: "text" }, "s3cret comment"),
    column("s3cret_salaries", "measure", "s3cret_total", { kind: "numeric" }),
  ],
  { comment: "s3cret table", primaryKey: ["s3cret_person"] },
);

export const viewer = visibleModel("viewer", [customers, orders]);
export const admin = visibleModel("admin", [customers, orders, secrets]);
