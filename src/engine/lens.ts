// One lens that is served: its model, its warehouse, and what each effective group sees of it.
import type { Dialect } from "../dialect/dialect.ts";
import type { Identity } from "../identity.ts";
import { effectiveGroup } from "../model/effective-group.ts";
import type { TypedModel, UserGroup } from "../model/model.ts";
import type { VisibleModel } from "../model/visible-model.ts";
import { buildVisibleModel } from "../policy/build-visible-model.ts";
import type { Warehouse } from "../warehouse/warehouse.ts";
import { noGroup } from "./query-errors.ts";

export interface LensOptions {
  /** As configured: `public:customer-data-market-place`. */
  readonly name: string;
  /** All names that clients may connect to it by. */
  readonly databaseNames: readonly string[];
  readonly model: TypedModel;
  readonly warehouse: Warehouse;
  readonly dialect: Dialect;
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

  /** The group that decides for a user; undefined for a user in none. */
  groupOf(identity: Identity): UserGroup | undefined {
    return effectiveGroup(this.options.model.linked, identity);
  }

  /** What a user sees. Throws 28000 for a user in no group. At most one model per group is kept. */
  visibleTo(identity: Identity): VisibleModel {
    const group = this.groupOf(identity);
    if (group === undefined) throw noGroup(identity.user);
    let visible = this.#visible.get(group.name);
    if (visible === undefined) {
      visible = buildVisibleModel({ lens: this.name, model: this.options.model, group });
      this.#visible.set(group.name, visible);
    }
    return visible;
  }
}
