// Prepared plans, least recently used out first. A key holds everything that a plan depends on, the effective group and
// the model version among it, so no plan crosses users with other rights.

export class PlanCache<Plan> {
  readonly #entriesMax: number;
  readonly #plans = new Map<string, Plan>();

  constructor(entriesMax: number) {
    this.#entriesMax = entriesMax;
  }

  get(key: string): Plan | undefined {
    const plan = this.#plans.get(key);
    if (plan !== undefined) {
      this.#plans.delete(key);
      this.#plans.set(key, plan);
    }
    return plan;
  }

  put(key: string, plan: Plan): void {
    this.#plans.set(key, plan);
    for (const oldest of this.#plans.keys()) {
      if (this.#plans.size <= this.#entriesMax) break;
      this.#plans.delete(oldest);
    }
  }
}
