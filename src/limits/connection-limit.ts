// How many connections there are, altogether and of each user.
import {
  tooManyConnections,
  tooManyConnectionsOfAddress,
  tooManyConnectionsOfUser,
} from "./limits-errors.ts";
import type { NearLimits } from "./near-limits.ts";

export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerUser: number;
  readonly connectionsPerAddress: number;
}

/** Sockets that are not logged in yet, beyond connectionsMax: so that a full server can still say that it is full. */
const waitingConnectionsMax = 100;

export class ConnectionLimit {
  private readonly limits: ConnectionLimits;
  private readonly near: NearLimits;
  private readonly byUser = new Map<string, number>();
  private readonly byAddress = new Map<string, number>();
  private loggedIn = 0;
  private sockets = 0;

  constructor(limits: ConnectionLimits, near: NearLimits) {
    this.limits = limits;
    this.near = near;
  }

  /** Counts a socket; false when even one that only waits for login is too many. */
  enter(): boolean {
    if (this.sockets >= this.limits.connectionsMax + waitingConnectionsMax) return false;
    this.sockets++;
    return true;
  }

  leave(): void {
    this.sockets--;
  }

  /** Counts a login. The returned function gives the place back. Throws FATAL 53300. */
  take(user: string, address: string): () => void {
    const { connectionsMax, connectionsPerUser, connectionsPerAddress } = this.limits;
    const ofUser = this.of(user);
    const ofAddress = this.byAddress.get(address) ?? 0;
    if (this.loggedIn >= connectionsMax) throw tooManyConnections();
    if (ofAddress >= connectionsPerAddress) throw tooManyConnectionsOfAddress(connectionsPerAddress);
    if (ofUser >= connectionsPerUser) throw tooManyConnectionsOfUser(user, connectionsPerUser);
    this.count(user, address, 1);
    const told = (limit: string, subject: string, used: number, max: number) =>
      this.near.told({ limit, subject, used, max, windowMs: undefined });
    told("connectionsMax", "", this.loggedIn, connectionsMax);
    told("connectionsPerUser", user, ofUser + 1, connectionsPerUser);
    told("connectionsPerAddress", address, ofAddress + 1, connectionsPerAddress);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.count(user, address, -1);
    };
  }

  /** Connections of a user. */
  of(user: string): number {
    return this.byUser.get(user) ?? 0;
  }

  private count(user: string, address: string, change: 1 | -1): void {
    this.loggedIn += change;
    for (const [map, key] of [
      [this.byUser, user],
      [this.byAddress, address],
    ] as const) {
      const count = (map.get(key) ?? 0) + change;
      if (count === 0) map.delete(key);
      else map.set(key, count);
    }
  }
}
