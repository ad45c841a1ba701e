// A plan for those who want to know what would run and why, as data.
import type { AttributeReference } from "../attributes.ts";
import type { StatementLineage } from "../column-lineage.ts";
import { dataTypeOfOid, formatDataType } from "../data-type.ts";
import type { RenderedParameter } from "../dialect/render.ts";
import type { LinkedModel } from "../model/model.ts";
import { lineageOf } from "../policy/lineage.ts";
import { boundValueName } from "../query/bound-values.ts";
import type { LensStatementPlan } from "./plan-lens-statement.ts";

export interface PlanDescription {
  /** In the warehouse's dialect. */
  readonly sql: string;
  readonly parameters: readonly {
    readonly number?: number;
    /** A value of the session, by name. */
    readonly bound?: string;
    /** An attribute of the reader or of the reader's group: `user.region`. Its value is nobody else's to see. */
    readonly attribute?: string;
    readonly type: string;
  }[];
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly group: string;
  readonly tables: readonly string[];
  readonly members: readonly string[];
  readonly segmentsApplied: readonly string[];
  readonly membersMasked: readonly string[];
}

export function describePlan({ rendered, columns, decision }: LensStatementPlan): PlanDescription {
  return {
    sql: rendered.sql,
    parameters: rendered.parameters.map((parameter) => {
      const dataType = dataTypeOfOid(parameter.type);
      return {
        ...originOf(parameter),
        type: dataType === undefined ? "unknown" : formatDataType(dataType),
      };
    }),
    columns: columns.map((column, place) => {
      const type = rendered.columnTypes[place];
      return { name: column.name, type: type === undefined ? "unknown" : formatDataType(type) };
    }),
    group: decision.group,
    tables: decision.tables,
    members: decision.members,
    segmentsApplied: decision.segments,
    membersMasked: decision.masked,
  };
}

function originOf({ number, attribute }: RenderedParameter) {
  if (attribute !== undefined) return { attribute: attributeName(attribute) };
  const bound = boundValueName(number);
  return bound === undefined ? { number } : { bound };
}

function attributeName({ owner, name }: AttributeReference): string {
  return `${owner}.${name}`;
}

/** The attributes that are bound to a plan, each once, by place: `user.region`. */
export function attributesBound({ rendered }: Pick<LensStatementPlan, "rendered">): readonly string[] {
  const named = rendered.parameters.flatMap(({ attribute }) => (attribute ? [attributeName(attribute)] : []));
  return [...new Set(named)];
}

export interface LineageDescription {
  /** All members that those named are computed from, themselves included: `table.member`. */
  readonly members: readonly string[];
  /** Columns of the tables' base SQL that they read; `all` where their SQL does not tell. */
  readonly columns: readonly {
    readonly table: string;
    readonly columns: readonly string[];
    readonly all: boolean;
  }[];
  /** Of each column of the result. */
  readonly statement: StatementLineage;
}

export function describeLineage(plan: LensStatementPlan, model: LinkedModel): LineageDescription {
  const { decision, lineage: statement } = plan;
  const { members, columns } = lineageOf(model, decision.members);
  return {
    members: [...members].sort(),
    columns: [...columns].map(([table, read]) => ({
      table,
      columns: read === "all" ? [] : [...read].sort(),
      all: read === "all",
    })),
    statement,
  };
}
