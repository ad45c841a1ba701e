// How many connections there are, altogether and of each user.
import { tooManyConnections, tooManyConnectionsOfUser } from "./limits-errors.ts";

export interface ConnectionLimits {
  readonly connectionsMax: number;
  readonly connectionsPerUser: number;
}

/** Sockets that are not logged in yet, beyond connectionsMax: so that a full server can still say that it is full. */
const waitingConnectionsMax = 100;

export class ConnectionLimit {
  private readonly limits: ConnectionLimits;
  private readonly byUser = new Map<string, number>();
  private loggedIn = 0;
  private sockets = 0;

  constructor(limits: ConnectionLimits) {
    this.limits = limits;
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
  take(user: string): () => void {
    if (this.loggedIn >= this.limits.connectionsMax) throw tooManyConnections();
    const count = this.byUser.get(user) ?? 0;
    if (count >= this.limits.connectionsPerUser) {
      throw tooManyConnectionsOfUser(user, this.limits.connectionsPerUser);
    }
    this.loggedIn++;
    this.byUser.set(user, count + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.loggedIn--;
      const left = (this.byUser.get(user) ?? 1) - 1;
      if (left === 0) this.byUser.delete(user);
      else this.byUser.set(user, left);
    };
  }
}
