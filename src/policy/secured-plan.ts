// A plan that may be rendered: only securePlan makes one.
import type { Query } from "../query/query.ts";

declare const secured: unique symbol;

/** A query in which every lens table is a secured scan. The brand has no value: it exists for the type checker. */
export type SecuredPlan = {
  readonly query: Query;
  readonly [secured]: true;
};
