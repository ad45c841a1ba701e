// One lens table as a secured scan: base SQL, forced segments, masks, and the columns that a query uses of it.

import type { SubQueryKey } from "../compiler/sub-query.ts";
import { type DataType, typeModifier, typeOid } from "../data-type.ts";
import { assert } from "../errors.ts";
import { shortestPath } from "../model/join-graph.ts";
import type {
  CaseLabel,
  DimensionSource,
  LinkedDimension,
  LinkedJoin,
  LinkedTable,
  MemberSql,
  SqlReference,
  TypedTable,
} from "../model/model.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import type {
  LensScanEntry,
  ReachingFilter,
  ScanExpression,
  ScanJoin,
  ScanOutput,
  ScanQueryJoin,
  ScanSql,
  SecuredScan,
} from "../query/query.ts";
import { maskedColumn, redacted } from "./mask-expressions.ts";
import {
  baseColumnType,
  dimensionMask,
  forcedSegments,
  type MaskFunction,
  maskedColumns,
  mayHoldSubquery,
} from "./masks.ts";
import { joinedTables, unjoinable } from "./policy-errors.ts";
import { isRaw } from "./redacted-reads.ts";
import type { Mode, ScanContext, View } from "./scan-context.ts";
import { joinedName, outputName } from "./scan-names.ts";
import { SubQueryJoins } from "./sub-query-joins.ts";

/** The scan that an entry of the plan becomes: it yields the entry's outputs, in their order. */
export function securedScan(context: ScanContext, entry: LensScanEntry, mode: Mode): SecuredScan {
  return new ScanMaker(context, entry.table, mode, mode === "raw" ? [] : entry.filters).make(entry.outputs);
}

interface OtherTable {
  readonly alias: string;
  readonly join: LinkedJoin;
  readonly fromAlias: string;
  readonly outputs: ScanOutput[];
}

class ScanMaker {
  readonly #context: ScanContext;
  readonly #visible: VisibleModel;
  readonly #typed: TypedTable;
  readonly #masks: ReadonlyMap<string, MaskFunction>;
  readonly #mode: Mode;
  /** Tables that members read through, by path, for each view apart. */
  readonly #others = {
    masked: new Map<string, OtherTable>(),
    raw: new Map<string, OtherTable>(),
  };
  readonly #filters: readonly ReachingFilter[];
  readonly #subQueries: Readonly<Record<View, SubQueryJoins>>;
  /** Inside the masked layer every column is still raw under its own name. */
  #insideMaskedLayer = false;
  #readInnerOther = false;
  #columnsRead: Set<string> | "all" = new Set();
  /** Members that may read whole rows are given rows without the private and joined columns beside them. */
  #wholeRowsApart = false;
  /** What the masked layer yields under private names, which no model SQL can spell by accident. */
  readonly #rawColumns = new Map<string, ScanExpression>();

  constructor(context: ScanContext, table: string, mode: Mode, filters: readonly ReachingFilter[]) {
    const { visible } = context;
    const typed = visible.model.tables.get(table);
    assert(typed !== undefined, `table ${table} is in the model`);
    this.#context = context;
    this.#visible = visible;
    this.#subQueries = {
      masked: new SubQueryJoins(typed.table, filters),
      raw: new SubQueryJoins(typed.table, []),
    };
    this.#filters = filters;
    this.#typed = typed;
    this.#mode = mode;
    this.#masks = mode === "secured" ? maskedColumns(typed.table, visible.group.name) : new Map();
  }

  get #table(): LinkedTable {
    return this.#typed.table;
  }

  make(outputs: readonly ScanOutput[]): SecuredScan {
    const segments = this.#mode === "raw" ? [] : forcedSegments(this.#table, this.#visible.group.name);
    this.#insideMaskedLayer = true;
    const forced = segments.map((segment) => this.#sql(segment.sql, "raw"));
    this.#insideMaskedLayer = false;
    const readsThrough = this.#others.raw.size > 0 || this.#subQueries.raw.size > 0;
    const makeOutputs = () =>
      outputs.map((output) => ({ name: outputName(output), expression: this.#output(output) }));
    const made = makeOutputs();
    const joins = this.#joins("masked");
    const isAlone = this.#rawColumns.size === 0 && joins.length === 0;
    this.#wholeRowsApart = this.#columnsRead === "all" && !isAlone;
    const expressions = this.#wholeRowsApart ? makeOutputs() : made;
    const forcedJoins = this.#joins("raw");
    const layered = this.#masks.size > 0 || forcedJoins.length > 0;
    return {
      table: this.#table.name,
      baseSql: this.#table.sql,
      alias: this.#table.name,
      inner: layered ? this.#maskedLayer() : undefined,
      forced,
      forcedJoins,
      joins,
      outputs: expressions,
      barrier: readsThrough || segments.some(mayHoldSubquery),
    };
  }

  #maskedLayer(): SecuredScan["inner"] {
    const alias = this.#table.name;
    const columns = this.#typed.baseColumns
      .filter(({ name }) => this.#reads(name))
      .map(({ name, type }) => {
        const raw: ScanExpression = { kind: "sql", sql: [{ alias, column: name }] };
        return { name, expression: maskedColumn(raw, this.#masks.get(name.toLowerCase()), type) };
      });
    const raws = [...this.#rawColumns].map(([name, expression]) => ({ name, expression }));
    const all = [...columns, ...raws];
    // Rows are counted even where no column of them is read.
    return all.length > 0 ? all : [{ name: "row", expression: { kind: "true" } }];
  }

  #reads(column: string): boolean {
    return this.#columnsRead === "all" || this.#columnsRead.has(column.toLowerCase());
  }

  /**
   * An expression over raw values. It is computed inside the masked layer, where each column is still raw under its
   * own name, however the model's text spells it; where nothing is masked the two layers are one.
   */
  #raw(name: string, make: () => ScanExpression): ScanExpression {
    if (this.#insideMaskedLayer) return make();
    this.#readInnerOther = false;
    this.#insideMaskedLayer = true;
    const expression = make();
    this.#insideMaskedLayer = false;
    // Made again, so that a masked layer, should there be one after all, yields the columns that it reads.
    if (this.#masks.size === 0 && !this.#readInnerOther) return make();
    const column = this.#privateName(name);
    this.#rawColumns.set(column, expression);
    return { kind: "sql", sql: [{ alias: this.#table.name, column }] };
  }

  /** A name that no base column has. */
  #privateName(name: string): string {
    const taken = new Set(this.#typed.baseColumns.map((column) => column.name.toLowerCase()));
    let candidate = `raw ${name}`;
    while (taken.has(candidate.toLowerCase())) candidate += " ";
    return candidate;
  }

  #output(output: ScanOutput): ScanExpression {
    switch (output.kind) {
      case "dimension":
        return this.#dimension(output.name, "masked");
      case "rawKey":
        return this.#rawKey(output);
      case "segment": {
        const segment = this.#table.segments.find((item) => item.name === output.name);
        assert(segment !== undefined, `segment ${output.name} is in the model`);
        return { kind: "sql", sql: this.#sql(segment.sql, "masked") };
      }
      case "measureArgument":
        return this.#measureArgument(output.name);
      case "measureFilter": {
        const measure = this.#table.measures.find((item) => item.name === output.name);
        assert(measure !== undefined, `measure ${output.name} is in the model`);
        return { kind: "all", conditions: measure.filters.map((filter) => this.#sql(filter, "masked")) };
      }
      case "baseColumn":
        return { kind: "sql", sql: [this.#column(output.name)] };
      case "joinedMember":
        return {
          kind: "sql",
          sql: this.#reference({ kind: "dimension", table: output.table, name: output.name }, "masked"),
        };
      case "presence":
        return { kind: "true" };
      default:
        return output satisfies never;
    }
  }

  #measureArgument(name: string): ScanExpression {
    const measure = this.#table.measures.find((item) => item.name === name);
    assert(measure?.sql !== undefined, `measure ${name} has an argument`);
    const { sql } = measure;
    if (isRaw(this.#table, measure))
      return this.#raw(`argument of ${name}`, () => ({ kind: "sql", sql: this.#sql(sql, "raw") }));
    return { kind: "sql", sql: this.#sql(sql, "masked") };
  }

  #rawKey(output: { readonly name: string; readonly source: "dimension" | "column" }): ScanExpression {
    const { name, source } = output;
    return this.#raw(outputName({ kind: "rawKey", name, source }), () =>
      source === "dimension" ? this.#dimension(name, "raw") : { kind: "sql", sql: [this.#column(name)] },
    );
  }

  #dimension(name: string, view: View): ScanExpression {
    const dimension = this.#table.dimensions.find((item) => item.name === name);
    const type = this.#typed.dimensionTypes.get(name);
    assert(dimension !== undefined && type !== undefined, `dimension ${name} is in the model`);
    const mask =
      view === "masked" && this.#mode === "secured"
        ? dimensionMask(dimension, this.#visible.group.name)
        : undefined;
    if (mask === "redact") return redacted(type);
    if (mask === undefined) return this.#dimensionValue(dimension, type, view);
    return { kind: "md5", argument: this.#digested(dimension, type) };
  }

  /**
   * What a dimension's md5 is taken of: the column that it masks itself; over anything else, what the reader may see,
   * lest the digest of a part tell more than the masks of its sources do.
   */
  #digested(dimension: LinkedDimension, type: DataType): ScanExpression {
    const column = dimension.plainColumn?.toLowerCase();
    if (column === undefined || this.#masks.get(column) !== "md5")
      return this.#dimensionValue(dimension, type, "masked");
    return this.#raw(`value of ${dimension.name}`, () => this.#dimensionValue(dimension, type, "raw"));
  }

  /** The dimension's own SQL; a `string` one is text whatever its SQL yields. */
  #dimensionValue(dimension: LinkedDimension, type: DataType, view: View): ScanExpression {
    const value = this.#source(dimension.source, view);
    const isText =
      dimension.plainColumn !== undefined &&
      baseColumnType(this.#typed, dimension.plainColumn)?.kind === "text";
    if (dimension.type !== "string" || isText || dimension.source.kind === "case") return value;
    return { kind: "cast", argument: value, type: typeOid(type), modifier: typeModifier(type) };
  }

  #source(source: DimensionSource, view: View): ScanExpression {
    switch (source.kind) {
      case "sql":
        return { kind: "sql", sql: this.#sql(source.sql, view) };
      case "case":
        return {
          kind: "case",
          whens: source.whens.map(({ sql, label }) => ({
            when: this.#sql(sql, view),
            label: this.#label(label, view),
          })),
          elseLabel: source.elseLabel === undefined ? undefined : this.#label(source.elseLabel, view),
        };
      case "subQuery":
        if (view !== "masked") this.#readInnerOther = true;
        return { kind: "sql", sql: this.#subQueries[view].value(source, this.#context, this.#modeOf(view)) };
      default:
        return source satisfies never;
    }
  }

  #label(label: CaseLabel, view: View): ScanExpression {
    if (typeof label === "string") return { kind: "literal", text: label };
    const argument: ScanExpression = { kind: "sql", sql: this.#sql(label, view) };
    return { kind: "cast", argument, type: typeOid({ kind: "text" }), modifier: -1 };
  }

  #sql(sql: MemberSql, view: View): ScanSql {
    if (!this.#insideMaskedLayer) this.#noteReads(sql.reads);
    const parts = sql.parts.flatMap((part): ScanSql => {
      if (typeof part === "string" || part.kind === "attribute") return [part];
      return this.#reference(part, view);
    });
    if (this.#insideMaskedLayer || !this.#wholeRowsApart || sql.reads !== "all") return parts;
    const columns = this.#typed.baseColumns.map(({ name }) => name);
    return [{ kind: "overColumns", alias: this.#table.name, columns, sql: parts }];
  }

  #reference(reference: SqlReference, view: View): ScanSql {
    const own = reference.table === this.#table.name;
    switch (reference.kind) {
      case "alias":
        if (!own) throw unjoinable(this.#table.name, reference.table);
        return [{ alias: this.#table.name }];
      case "column":
        return own
          ? [this.#column(reference.name)]
          : [this.#other(reference.table, { kind: "baseColumn", name: reference.name }, view)];
      case "dimension":
        return own
          ? [this.#dimension(reference.name, view)]
          : [this.#other(reference.table, { kind: "dimension", name: reference.name }, view)];
      case "segment": {
        if (!own) return [this.#other(reference.table, { kind: "segment", name: reference.name }, view)];
        const segment = this.#table.segments.find((item) => item.name === reference.name);
        assert(segment !== undefined, `segment ${reference.name} is in the model`);
        return [{ kind: "sql", sql: this.#sql(segment.sql, view) }];
      }
      case "measure":
        throw new TypeError("a row of a table has no measure");
      default:
        return reference satisfies never;
    }
  }

  /** What the masked layer has to yield: the base columns that the expressions outside it read. */
  #noteReads(columns: readonly string[] | "all"): void {
    if (columns === "all") this.#columnsRead = "all";
    else if (this.#columnsRead !== "all")
      for (const column of columns) this.#columnsRead.add(column.toLowerCase());
  }

  #column(name: string): { readonly alias: string; readonly column: string } {
    const known = this.#typed.baseColumns.find((item) => item.name.toLowerCase() === name.toLowerCase());
    if (!this.#insideMaskedLayer) this.#noteReads([name]);
    return { alias: this.#table.name, column: known?.name ?? name };
  }

  /** A column of another table, joined along many_to_one and one_to_one edges. */
  #other(table: string, output: ScanOutput, view: View): { readonly alias: string; readonly column: string } {
    const path = shortestPath(this.#visible.model.linked, this.#table.name, table);
    if (path?.kind !== "path") throw unjoinable(this.#table.name, table);
    let alias = this.#table.name;
    let other: OtherTable | undefined;
    for (const join of path.joins) {
      if (join.relationship === "one_to_many") throw joinedTables(this.#table.name, table);
      const key = `${alias} / ${join.to}`;
      const known = this.#others[view].get(key);
      other = known ?? { alias: key, join, fromAlias: alias, outputs: [] };
      this.#others[view].set(key, other);
      alias = key;
    }
    assert(other !== undefined, "another table is reached by a join");
    if (view !== "masked") this.#readInnerOther = true;
    if (!other.outputs.some((item) => JSON.stringify(item) === JSON.stringify(output)))
      other.outputs.push(output);
    return { alias, column: joinedName(table, output) };
  }

  #modeOf(view: View): Mode {
    return view === "masked" ? this.#mode : view;
  }

  #joins(view: View): readonly (ScanJoin | ScanQueryJoin)[] {
    const made: (ScanJoin | ScanQueryJoin)[] = [];
    const others = this.#others[view];
    const mode = this.#modeOf(view);
    const conditions = [...others.values()].map((other) => this.#condition(other, others, view !== "masked"));
    [...others.values()].forEach((other, place) => {
      const on = conditions[place];
      assert(on !== undefined, "a join has a condition");
      const filters = view === "raw" ? [] : this.#filters;
      const scan = new ScanMaker(this.#context, other.join.to, mode, filters).make(other.outputs);
      const outputs = scan.outputs.map((item, index) => {
        const output = other.outputs[index];
        assert(output !== undefined, "a joined scan yields what was asked of it");
        return { ...item, name: joinedName(other.join.to, output) };
      });
      made.push({ alias: other.alias, scan: { ...scan, outputs }, on });
    });
    const rawKey = ({ kind, name }: SubQueryKey): ScanExpression => {
      const type =
        kind === "dimension" ? this.#typed.dimensionTypes.get(name) : baseColumnType(this.#typed, name);
      assert(type !== undefined, `the type of ${name} is known`);
      const argument = this.#ownRawKey({ name, source: kind }, view !== "masked");
      return { kind: "cast", argument, type: typeOid(type), modifier: typeModifier(type) };
    };
    return [...made, ...this.#subQueries[view].joins(rawKey, this.#context, mode)];
  }

  #ownRawKey(
    key: { readonly name: string; readonly source: "dimension" | "column" },
    inside: boolean,
  ): ScanExpression {
    this.#insideMaskedLayer = inside;
    const own = this.#rawKey(key);
    this.#insideMaskedLayer = false;
    return own;
  }

  /** The join's condition over raw columns; asks both ends for them. */
  #condition(other: OtherTable, others: ReadonlyMap<string, OtherTable>, inside: boolean): ScanSql {
    const { join } = other;
    return join.sql.parts.map((part) => {
      if (typeof part === "string") return part;
      if (part.kind !== "dimension" && part.kind !== "column") throw unjoinable(join.from, join.to);
      const output: ScanOutput = { kind: "rawKey", name: part.name, source: part.kind };
      const atTarget = part.table === join.to && part.table !== join.from;
      const end = atTarget ? other : others.get(other.fromAlias);
      if (end === undefined) return this.#ownRawKey({ name: part.name, source: part.kind }, inside);
      if (!end.outputs.some((item) => JSON.stringify(item) === JSON.stringify(output)))
        end.outputs.push(output);
      return { alias: end.alias, column: joinedName(end.join.to, output) };
    });
  }
}
