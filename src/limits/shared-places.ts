// Places that a user has at most so many of, over all servers together.

export interface TakenPlace {
  /** Places of the user that are taken, this one included. */
  readonly used: number;
  /** Called once or more. */
  release(): void;
}

export interface SharedPlaces {
  /** Undefined: all are taken. Rejects with a LensError where it cannot be told. */
  take(user: string, max: number): Promise<TakenPlace | undefined>;
  /** Places of the user that are taken. Rejects with 58000 where it cannot be told. */
  used(user: string): Promise<number>;
}
