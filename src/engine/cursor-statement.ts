// SQL cursors: DECLARE, FETCH, MOVE, CLOSE. They read forward only, because rows are not kept.
import type { ClosePortalStmt, DeclareCursorStmt, FetchStmt } from "@pgsql/types";
import type { ResultColumn, RowBatch, RowStream } from "../result.ts";
import type { Statement } from "../sql/statement.ts";
import { Portal } from "./portal.ts";
import {
  commandNotSupported,
  duplicateCursor,
  forwardOnly,
  onlyInTransactionBlock,
  scrollNotSupported,
  unknownCursor,
} from "./session-errors.ts";
import type { SessionState, UtilityResult } from "./session-state.ts";
import { columnsOf, type StatementPlan } from "./statement-plan.ts";
import { endOfKeyword } from "./statement-tail.ts";

/** Bits of DeclareCursorStmt.options. Source: PostgreSQL's parsenodes.h. */
const optionBinary = 0x0001;
const optionScroll = 0x0002;
const optionHold = 0x0020;

/** What FETCH ALL asks for; the parser's number for "all". */
const fetchAllRows = 2_147_483_647;

/** The query of a DECLARE, undefined for other statements: as in PostgreSQL its errors come before anything runs. */
export async function planCursor(
  state: SessionState,
  statement: Statement,
  parameterTypes: readonly number[],
): Promise<StatementPlan | undefined> {
  if (!("DeclareCursorStmt" in statement.node)) return undefined;
  const start = endOfKeyword(statement.text, "for") ?? 0;
  return state.planInner(statement.text.slice(start), statement.offset + start, parameterTypes);
}

/** `outer` is the DECLARE's own portal. Returns the command tag. */
export function runDeclare(state: SessionState, tree: DeclareCursorStmt, outer: Portal): string {
  const name = tree.portalname ?? "";
  const options = tree.options ?? 0;
  const holdable = (options & optionHold) !== 0;
  if ((options & optionScroll) !== 0) throw scrollNotSupported();
  if (!holdable && !state.transaction.isBlock && !state.isInSequence)
    throw onlyInTransactionBlock("DECLARE CURSOR");
  if (state.portals.get(name) !== undefined) throw duplicateCursor(name);
  const plan = outer.plan.kind === "utility" ? outer.plan.cursorPlan : undefined;
  if (plan === undefined) throw new TypeError("a DECLARE was planned without its query");
  const { depth } = state.transaction;
  const { parameters } = outer;
  const isBinary = (options & optionBinary) !== 0;
  state.portals.add(new Portal({ name, plan, parameters, formats: [], depth, holdable, isBinary }));
  return "DECLARE CURSOR";
}

/** The formats of a statement in a Query message: text, but for FETCH from a BINARY cursor. */
export function formatsOfQuery(state: SessionState, { node }: Statement): readonly number[] {
  if (!("FetchStmt" in node) || node.FetchStmt.ismove === true) return [];
  return state.portals.get(node.FetchStmt.portalname ?? "")?.isBinary === true ? [1] : [];
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
  const { skip, take } = stepsOf(tree, portal.position);
  if (portal.rows === undefined && !portal.isDone) {
    const started = await state.startPortal(portal);
    if (typeof started !== "string") portal.rows = started;
  }
  const columns = columnsOf(portal.plan) ?? [];
  const skipped = await readAway(state, portal, skip);
  if (tree.ismove !== true) {
    return { columns, stream: streamOf(state, portal, take), tag: (rows) => `FETCH ${rows}` };
  }
  // MOVE counts the rows that a FETCH would have returned.
  const moved = await readAway(state, portal, take);
  return `MOVE ${skip > 0 && skipped < skip ? 0 : moved}`;
}

interface Steps {
  /** Rows to leave out before those that are wanted. */
  readonly skip: number;
  readonly take: number;
}

function stepsOf(tree: FetchStmt, position: number): Steps {
  const count = Number(tree.howMany ?? 0);
  switch (tree.direction ?? "FETCH_FORWARD") {
    case "FETCH_FORWARD":
      if (count < 0) throw forwardOnly();
      if (count === 0) throw commandNotSupported("FETCH 0");
      return { skip: 0, take: count >= fetchAllRows ? Number.POSITIVE_INFINITY : count };
    case "FETCH_RELATIVE":
      if (count <= 0) throw forwardOnly();
      return { skip: count - 1, take: 1 };
    case "FETCH_ABSOLUTE":
      if (count <= position) throw forwardOnly();
      return { skip: count - 1 - position, take: 1 };
    default:
      throw forwardOnly();
  }
}

async function readAway(state: SessionState, portal: Portal, rows: number): Promise<number> {
  const stream = streamOf(state, portal, rows);
  let count = 0;
  for (let batch = await stream.next(); batch !== undefined; batch = await stream.next())
    count += batch.rowCount;
  return count;
}

/** The next rows of a cursor, as a result of its own. Closing it leaves the cursor where it is. */
function streamOf(state: SessionState, portal: Portal, rowsMax: number): RowStream {
  let left = rowsMax;
  return {
    async next(): Promise<RowBatch | undefined> {
      if (left <= 0) return undefined;
      const batch = await state.readPortal(portal, left);
      left -= batch?.rowCount ?? left;
      return batch;
    },
    async close() {
      left = 0;
    },
  };
}

/** Returns the command tag. */
export function runClose(state: SessionState, tree: ClosePortalStmt): string {
  const name = tree.portalname;
  if (name === undefined) {
    state.portals.closeWhere(() => true);
    return "CLOSE CURSOR ALL";
  }
  if (state.portals.get(name) === undefined) throw unknownCursor(name);
  state.portals.close(name);
  return "CLOSE CURSOR";
}
