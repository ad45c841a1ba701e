// One lens that is served: its model, the sources its tables lie in, and what each effective group sees of it.
import { formatDataType } from "../data-type.ts";
import type { Dialect } from "../dialect/dialect.ts";
import { assert } from "../errors.ts";
import type { Identity } from "../identity.ts";
import { effectiveGroup } from "../model/effective-group.ts";
import type { TypedModel, UserGroup } from "../model/model.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { buildVisibleModel } from "../policy/build-visible-model.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { noGroup, severalSources } from "./query-errors.ts";

/** A place where tables lie, as configured. */
export interface LensSource {
  readonly name: string;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
}

export interface LensOptions {
  /** As configured: `public:customer-data-market-place`. */
  readonly name: string;
  /** All names that clients may connect to it by. */
  readonly databaseNames: readonly string[];
  readonly model: TypedModel;
  /** The source of each table, by the table's name. */
  readonly sources: ReadonlyMap<string, LensSource>;
  /** `measureAggregates: strict`. */
  readonly strictWrappers: boolean;
}

export class Lens {
  readonly options: LensOptions;
  readonly #visible = new Map<string, VisibleModel>();

  constructor(options: LensOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  /** The type of a `table.member`, as PostgreSQL writes it; undefined where the model has none of that name. */
  typeOf(member: string): string | undefined {
    const [tableName = "", name = ""] = member.split(".");
    const typed = this.options.model.tables.get(tableName);
    const type = typed?.dimensionTypes.get(name) ?? typed?.measureTypes.get(name);
    if (type !== undefined) return formatDataType(type);
    return typed?.table.segments.some((segment) => segment.name === name) ? "boolean" : undefined;
  }

  /** The group that decides for a user; undefined for a user in none. */
  groupOf(identity: Identity): UserGroup | undefined {
    return effectiveGroup(this.options.model.linked, identity);
  }

  /** What a user sees. Throws 28000 for a user in no group. At most one model per group is kept. */
  visibleTo(identity: Identity): VisibleModel {
    const group = this.groupOf(identity);
    if (group === undefined) throw noGroup(identity.user);
    return this.#visibleOf(group);
  }

  /** What a group sees; undefined for a name that no group has. */
  visibleToGroup(name: string): VisibleModel | undefined {
    const group = this.options.model.linked.groups.find((each) => each.name === name);
    return group && this.#visibleOf(group);
  }

  #visibleOf(group: UserGroup): VisibleModel {
    let visible = this.#visible.get(group.name);
    if (visible === undefined) {
      visible = buildVisibleModel({ lens: this.name, model: this.options.model, group });
      this.#visible.set(group.name, visible);
    }
    return visible;
  }

  /**
   * Where a statement over the tables runs. Throws 0A000 where they lie in several sources: one statement is one query
   * of one warehouse.
   */
  sourceOf(tables: readonly string[]): LensSource {
    let found: LensSource | undefined;
    for (const table of tables) {
      const source = this.options.sources.get(table);
      assert(source !== undefined, `the source of table ${table} is known`);
      if (found !== undefined && found !== source) throw severalSources(found, source);
      found = source;
    }
    assert(found !== undefined, "a lens statement reads a table");
    return found;
  }
}
