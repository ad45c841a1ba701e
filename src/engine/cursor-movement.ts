// Where a FETCH or MOVE takes a cursor: PostgreSQL's DoPortalRunFetch, step by step, since which steps it takes decides
// which cursors refuse them, what the tag counts, and where the cursor stands afterwards.
import type { FetchStmt } from "@pgsql/types";

/** The rows of a run, in one direction. */
export interface Run {
  readonly forward: boolean;
  /** 0: none, and nothing moves. */
  readonly count: number;
}

/** A cursor as its movements need it. */
export interface MovableCursor {
  readonly position: number;
  readonly atStart: boolean;
  readonly atEnd: boolean;
  rewind(): void;
  /** Rejects with 55000 where the cursor reads forward only. */
  allowBackward(): Promise<void>;
  /** Moves without giving rows; how many it passed. */
  pass(run: Run): Promise<number>;
}

/** What is left of a FETCH: a last run that gives rows. For MOVE the number of rows may be known already. */
export type Destination = Run | { readonly moved: number };

/** The parser's number for ALL. */
const allRows = 2_147_483_647;

type Direction = NonNullable<FetchStmt["direction"]>;

/** Moves to where the last run begins. Rejects with 55000. */
export async function approach(cursor: MovableCursor, tree: FetchStmt): Promise<Destination> {
  const direction: Direction = tree.direction ?? "FETCH_FORWARD";
  const asked = Number(tree.howMany ?? 0);
  const count = Math.abs(asked) >= allRows ? Math.sign(asked) * Number.POSITIVE_INFINITY : asked;
  const isMove = tree.ismove === true;
  switch (direction) {
    case "FETCH_ABSOLUTE":
      return approachAbsolute(cursor, count);
    case "FETCH_RELATIVE":
      if (count === 0) return approachPlain(cursor, { forward: true, count: 0 }, isMove);
      return approachRelative(cursor, count);
    default: {
      const forward = (direction === "FETCH_FORWARD") === count >= 0;
      return approachPlain(cursor, { forward, count: Math.abs(count) }, isMove);
    }
  }
}

async function approachAbsolute(cursor: MovableCursor, count: number): Promise<Destination> {
  if (count === 0) {
    await rewind(cursor);
    return { forward: true, count: 0 };
  }
  if (count < 0) {
    await cursor.pass({ forward: true, count: Number.POSITIVE_INFINITY });
    if (count < -1) await back(cursor, -count - 1);
    return backward(cursor, 1);
  }
  if (count - 1 <= Math.floor(cursor.position / 2)) {
    await rewind(cursor);
    if (count > 1) await cursor.pass({ forward: true, count: count - 1 });
  } else {
    const position = cursor.atEnd ? cursor.position + 1 : cursor.position;
    if (count <= position) await back(cursor, position - count + 1);
    else if (count > position + 1) await cursor.pass({ forward: true, count: count - position - 1 });
  }
  return { forward: true, count: 1 };
}

async function approachRelative(cursor: MovableCursor, count: number): Promise<Destination> {
  if (count > 0) {
    if (count > 1) await cursor.pass({ forward: true, count: count - 1 });
    return { forward: true, count: 1 };
  }
  if (count < -1) await back(cursor, -count - 1);
  return backward(cursor, 1);
}

async function approachPlain(cursor: MovableCursor, run: Run, isMove: boolean): Promise<Destination> {
  if (run.count === 0) {
    // The current row once more, where there is one.
    const isOnRow = !cursor.atStart && !cursor.atEnd;
    if (isMove) return { moved: isOnRow ? 1 : 0 };
    if (!isOnRow) return run.forward ? run : backward(cursor, 0);
    await back(cursor, 1);
    return { forward: true, count: 1 };
  }
  if (!run.forward && run.count === Number.POSITIVE_INFINITY && isMove) {
    const { position, atEnd } = cursor;
    await rewind(cursor);
    return { moved: position > 0 && !atEnd ? position - 1 : position };
  }
  return run.forward ? run : backward(cursor, run.count);
}

/** A cursor that has not moved is where it should be, even if it cannot go back. */
async function rewind(cursor: MovableCursor): Promise<void> {
  if (cursor.atStart && !cursor.atEnd) return;
  await cursor.allowBackward();
  cursor.rewind();
}

async function back(cursor: MovableCursor, count: number): Promise<void> {
  await cursor.pass(await backward(cursor, count));
}

async function backward(cursor: MovableCursor, count: number): Promise<Run> {
  await cursor.allowBackward();
  return { forward: false, count };
}
