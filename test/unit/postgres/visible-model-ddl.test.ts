import { describe, expect, it } from "vitest";
import { visibleModelDdl } from "../../../src/postgres/visible-model-ddl.ts";
import { column, customers, orders, relation, viewer, visibleModel } from "./visible-models.ts";

describe("the definitions of a visible model", () => {
  it("declare a relationship where it points at the whole visible key with the same types", () => {
    expect(visibleModelDdl(viewer)).toContain(
      'ALTER TABLE public."orders" ADD FOREIGN KEY ("customer_id") REFERENCES public."customers" ("customer_id")',
    );
  });

  it("leave out a relationship to a relation that is not visible, to what is no key, or of another type", () => {
    const textKey = relation(
      "customers",
      [column("customers", "dimension", "customer_id", { kind: "text" })],
      {
        primaryKey: ["customer_id"],
      },
    );
    for (const relations of [[orders], [orders, { ...customers, primaryKey: [] }], [orders, textKey]]) {
      expect(visibleModelDdl(visibleModel("viewer", relations))).not.toContain("FOREIGN KEY");
    }
  });

  it("leave out a key of a type without order", () => {
    const json = relation("documents", [column("documents", "dimension", "body", { kind: "json" })], {
      primaryKey: ["body"],
    });
    expect(visibleModelDdl(visibleModel("viewer", [json]))).not.toContain("PRIMARY KEY");
  });

  it("quote every name and text", () => {
    const odd = relation(
      'a"b',
      [column('a"b', "dimension", 'c"; DROP TABLE x; --', { kind: "text" }, "it's \\ x")],
      {
        comment: "'); DROP TABLE y; --",
      },
    );
    const ddl = visibleModelDdl(visibleModel("viewer", [odd]));
    expect(ddl).toContain('CREATE TABLE public."a""b" ("c""; DROP TABLE x; --" text)');
    expect(ddl).toContain("E'it\\'s \\\\ x'");
    expect(ddl).toContain("E'\\'); DROP TABLE y; --'");
  });
});
