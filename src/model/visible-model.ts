// The part of a model that one effective group can see. The compiler and the catalog are given the same one.
import type { DataType } from "../data-type.ts";
import type { TypedModel, UserGroup } from "./model.ts";

export interface VisibleColumn {
  /** The name clients use. */
  readonly name: string;
  readonly kind: "dimension" | "measure" | "segment";
  /** The table and member that it stands for; the same name in the table, maybe another in a view. */
  readonly table: string;
  readonly member: string;
  readonly type: DataType;
  /** The column's comment in the catalog. */
  readonly comment: string | undefined;
  readonly masked: "redact" | "md5" | undefined;
}

export interface VisibleForeignKey {
  /** Columns here, and the key columns of the relation that they point at. */
  readonly columns: readonly string[];
  readonly relation: string;
  readonly relationColumns: readonly string[];
}

export interface VisibleRelation {
  readonly name: string;
  readonly kind: "table" | "view";
  readonly comment: string | undefined;
  /** Dimensions, then measures, then segments: attribute numbers are 1, 2, ... in this order. */
  readonly columns: readonly VisibleColumn[];
  /** Column names, where all of the key is visible and unmasked; else empty. */
  readonly primaryKey: readonly string[];
  readonly foreignKeys: readonly VisibleForeignKey[];
}

export interface VisibleModel {
  readonly lens: string;
  readonly group: UserGroup;
  /** The model version. */
  readonly version: string;
  /** By relation name. */
  readonly relations: ReadonlyMap<string, VisibleRelation>;
  /** Tables whose primary key the group sees as it is: rows with equal keys are one row. */
  readonly clearKeys: ReadonlySet<string>;
  /** `table.measure` of each measure that reads a redacted value: it is NULL, never computed from the mask. */
  readonly nulledMeasures: ReadonlySet<string>;
  /** Masks on measures themselves, by `table.measure`. */
  readonly measureMasks: ReadonlyMap<string, "redact" | "md5">;
  /** All tables, for the compiler's join graph and for policy; members that are not visible stay unnamed to clients. */
  readonly model: TypedModel;
}
