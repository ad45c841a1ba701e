// How many connections there are, altogether and of each user.
import {
  tooManyConnections,
  tooManyConnectionsOfAddress,
  tooManyConnectionsOfUser,
} from "./limits-errors.ts";
import type { NearLimits } from "./near-limits.ts";
import type { SharedPlaces, TakenPlace } from "./shared-places.ts";

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
  private readonly shared: SharedPlaces | undefined;
  private readonly byUser = new Map<string, number>();
  private readonly byAddress = new Map<string, number>();
  /** Logged in or not. */
  private readonly socketsByAddress = new Map<string, number>();
  private loggedIn = 0;
  private sockets = 0;

  /** `shared`: what counts the connections of a user; without it they are counted here. */
  constructor(limits: ConnectionLimits, near: NearLimits, shared?: SharedPlaces) {
    this.limits = limits;
    this.near = near;
    this.shared = shared;
  }

  /**
   * Counts a socket; false when even one that only waits for login is too many. Of those, one address may have half of
   * all: whoever opens as many as they can, and says nothing, keeps nobody else from logging in.
   */
  enter(address: string): boolean {
    const max = this.limits.connectionsMax + waitingConnectionsMax;
    const ofAddress = this.socketsByAddress.get(address) ?? 0;
    const waiting = ofAddress - (this.byAddress.get(address) ?? 0);
    if (this.sockets >= max || waiting >= max / 2) return false;
    this.sockets++;
    this.socketsByAddress.set(address, ofAddress + 1);
    return true;
  }

  leave(address: string): void {
    this.sockets--;
    const left = (this.socketsByAddress.get(address) ?? 1) - 1;
    if (left === 0) this.socketsByAddress.delete(address);
    else this.socketsByAddress.set(address, left);
  }

  /**
   * Counts a login. The returned function gives the place back. Rejects with FATAL 53300, and with 57P03 where shared places
   * cannot be counted.
   */
  async take(user: string, address: string): Promise<() => void> {
    const { connectionsMax, connectionsPerUser, connectionsPerAddress } = this.limits;
    const here = this.byUser.get(user) ?? 0;
    const ofAddress = this.byAddress.get(address) ?? 0;
    if (this.loggedIn >= connectionsMax) throw tooManyConnections();
    if (ofAddress >= connectionsPerAddress) throw tooManyConnectionsOfAddress(connectionsPerAddress);
    if (here >= connectionsPerUser) throw tooManyConnectionsOfUser(user, connectionsPerUser);
    // Before anything is waited for, so that nobody else gets the same place meanwhile.
    this.count(user, address, 1);
    const place = await this.takeShared(user).catch((error: unknown) => {
      this.count(user, address, -1);
      throw error;
    });
    const told = (limit: string, subject: string, used: number, max: number) =>
      this.near.told({ limit, subject, used, max, windowMs: undefined });
    told("connectionsMax", "", this.loggedIn, connectionsMax);
    told("connectionsPerUser", user, place?.used ?? here + 1, connectionsPerUser);
    told("connectionsPerAddress", address, ofAddress + 1, connectionsPerAddress);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      place?.release();
      this.count(user, address, -1);
    };
  }

  /** Connections of a user, in all servers that share their places. Rejects with 58000 where they cannot be counted. */
  async usedBy(user: string): Promise<number> {
    return this.shared === undefined ? (this.byUser.get(user) ?? 0) : this.shared.used(user);
  }

  /** Undefined where nothing is shared. */
  private async takeShared(user: string): Promise<TakenPlace | undefined> {
    if (this.shared === undefined) return undefined;
    const { connectionsPerUser } = this.limits;
    const place = await this.shared.take(user, connectionsPerUser);
    if (place === undefined) throw tooManyConnectionsOfUser(user, connectionsPerUser);
    return place;
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
