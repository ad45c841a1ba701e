// A bounded number of slots. Those who wait stand in line in the order they came, and leave it when they are aborted.

import type { WarehouseLoad } from "./warehouse.ts";

interface Waiter {
  readonly grant: () => void;
}

export class Slots {
  readonly #slotsMax: number;
  #taken = 0;
  readonly #waiting: Waiter[] = [];

  constructor(slotsMax: number) {
    this.#slotsMax = slotsMax;
  }

  get load(): WarehouseLoad {
    return { busy: this.#taken, waiting: this.#waiting.length, max: this.#slotsMax };
  }

  /** Resolves when a slot is the caller's. Rejects with the signal's reason, and then holds nothing. */
  acquire(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    if (this.#taken < this.#slotsMax) {
      this.#taken += 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        grant: () => {
          signal.removeEventListener("abort", leave);
          resolve();
        },
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Whether a slot is the caller's now, without standing in line. */
  tryAcquire(): boolean {
    if (this.#taken >= this.#slotsMax) return false;
    this.#taken += 1;
    return true;
  }

  release(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next.grant();
  }
}
