// SQL cursors: DECLARE, FETCH, MOVE, CLOSE.
import type { ClosePortalStmt, DeclareCursorStmt, FetchStmt } from "@pgsql/types";
import type { ResultColumn, RowBatch, RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { approach, type MovableCursor, type Run } from "./cursor-movement.ts";
import { type CursorOptions, Portal } from "./portal.ts";
import {
  conflictingCursorOptions,
  duplicateCursor,
  forwardOnly,
  onlyInTransactionBlock,
  portalCannotRun,
  unknownCursor,
} from "./session-errors.ts";
import type { SessionState, UtilityResult } from "./session-state.ts";
import { columnsOf, type StatementPlan } from "./statement-plan.ts";
import { endOfKeyword } from "./statement-tail.ts";

/** Bits of DeclareCursorStmt.options. Source: PostgreSQL's parsenodes.h. */
const optionBits = {
  binary: 0x01,
  scroll: 0x02,
  noScroll: 0x04,
  insensitive: 0x08,
  asensitive: 0x10,
  hold: 0x20,
};

/** The query of a DECLARE, undefined for other statements: as in PostgreSQL its errors come before anything runs. */
export async function planCursor(
  state: SessionState,
  statement: Statement,
  parameterTypes: readonly number[],
): Promise<StatementPlan | undefined> {
  if (!("DeclareCursorStmt" in statement.node)) return undefined;
  refuseConflicts(statement.node.DeclareCursorStmt);
  const start = endOfKeyword(statement.text, "for") ?? 0;
  return state.planInner(statement.text.slice(start), statement.offset + start, parameterTypes);
}

function refuseConflicts({ options = 0 }: DeclareCursorStmt): void {
  const has = (bit: keyof typeof optionBits): boolean => (options & optionBits[bit]) !== 0;
  if (has("scroll") && has("noScroll")) throw conflictingCursorOptions("SCROLL", "NO SCROLL");
  if (has("asensitive") && has("insensitive")) throw conflictingCursorOptions("ASENSITIVE", "INSENSITIVE");
}

function readOptions({ options = 0 }: DeclareCursorStmt): CursorOptions {
  const has = (bit: keyof typeof optionBits): boolean => (options & optionBits[bit]) !== 0;
  return {
    scroll: has("scroll") ? "yes" : has("noScroll") ? "no" : "if free",
    holdable: has("hold"),
    isBinary: has("binary"),
  };
}

/** `outer` is the DECLARE's own portal. Resolves to the command tag. */
export async function runDeclare(
  state: SessionState,
  tree: DeclareCursorStmt,
  outer: Portal,
): Promise<string> {
  const name = tree.portalname ?? "";
  const plan = outer.plan.kind === "utility" ? outer.plan.cursorPlan : undefined;
  if (plan === undefined) throw new TypeError("a DECLARE was planned without its query");
  const cursor = readOptions(tree);
  if (!cursor.holdable && !state.isInBlock) throw onlyInTransactionBlock("DECLARE CURSOR");
  if (state.portals.get(name) !== undefined) throw duplicateCursor(name);
  const { depth } = state.transaction;
  const { parameters, text, createdMs } = outer;
  const portal = new Portal({ name, plan, text, createdMs, parameters, formats: [], depth, cursor });
  state.portals.add(portal);
  // A cursor sees its tables as they are now, and only temporary ones could be others at its first FETCH.
  if (state.temporaryTables.snapshot().size > 0) await state.openPortal(portal);
  return "DECLARE CURSOR";
}

/** The formats of a statement in a Query message: text, but for FETCH from a BINARY cursor. */
export function formatsOfQuery(state: SessionState, { node }: Statement): readonly number[] {
  if (!("FetchStmt" in node) || node.FetchStmt.ismove === true) return [];
  return state.portals.get(node.FetchStmt.portalname ?? "")?.cursor.isBinary === true ? [1] : [];
}

/** Undefined where there is no such cursor yet; running it says so. */
export function columnsOfFetch(state: SessionState, tree: FetchStmt): readonly ResultColumn[] | undefined {
  const portal = state.portals.get(tree.portalname ?? "");
  return portal === undefined || tree.ismove === true ? undefined : columnsOf(portal.plan);
}

export async function runFetch(state: SessionState, tree: FetchStmt): Promise<UtilityResult> {
  const name = tree.portalname ?? "";
  const portal = state.portals.get(name);
  if (portal === undefined) throw unknownCursor(name);
  const columns = columnsOf(portal.plan);
  if (columns === undefined) throw portalCannotRun(name);
  await state.openPortal(portal);
  try {
    const cursor = movable(state, portal);
    const destination = await approach(cursor, tree);
    if (tree.ismove === true) {
      return `MOVE ${"moved" in destination ? destination.moved : await cursor.pass(destination)}`;
    }
    if ("moved" in destination) throw new TypeError("a FETCH ended without its rows");
    const stream = await begun(streamOf(state, portal, destination));
    return { columns, stream, tag: (rows) => `FETCH ${rows}` };
  } catch (error) {
    // As PostgreSQL: what failed once, even for its direction, can only be closed.
    portal.isDone = true;
    throw error;
  }
}

/**
 * A stream whose first batch is there: what fails in it fails before a client is told of columns. Differs from
 * PostgreSQL, which reads all rows of a FETCH before it sends the first.
 */
async function begun(stream: RowStream): Promise<RowStream> {
  let first = await stream.next();
  return {
    async next() {
      const batch = first ?? (await stream.next());
      first = undefined;
      return batch;
    },
    close: () => stream.close(),
  };
}

function movable(state: SessionState, portal: Portal): MovableCursor {
  return {
    get position() {
      return portal.position;
    },
    get atStart() {
      return portal.atStart;
    },
    get atEnd() {
      return portal.atEnd;
    },
    rewind: () => portal.rewind(),
    async allowBackward() {
      if (!(await state.scansBackward(portal))) throw forwardOnly();
    },
    async pass(run) {
      const stream = streamOf(state, portal, run);
      let count = 0;
      for (let batch = await stream.next(); batch !== undefined; batch = await stream.next())
        count += batch.rowCount;
      return count;
    },
  };
}

/** The rows of one run, as a result of its own. Closing it leaves the cursor where it is. */
function streamOf(state: SessionState, portal: Portal, run: Run): RowStream {
  let left = run.count;
  return {
    async next(): Promise<RowBatch | undefined> {
      if (left <= 0) return undefined;
      const batch = run.forward ? await state.readPortal(portal, left) : portal.backward(left);
      left -= batch?.rowCount ?? left;
      return batch;
    },
    async close() {
      left = 0;
    },
  };
}

/** Returns the command tag. */
export function runClose(state: SessionState, tree: ClosePortalStmt, own: Portal): string {
  const name = tree.portalname;
  if (name === undefined) {
    state.portals.closeWhere((portal) => portal !== own);
    return "CLOSE CURSOR ALL";
  }
  if (state.portals.get(name) === undefined) throw unknownCursor(name);
  state.portals.close(name);
  return "CLOSE CURSOR";
}
