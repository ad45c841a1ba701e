// How a session looks at a statement before anything runs.
import type { Statement } from "../sql/statement.ts";
import { planCursor } from "./cursor-statement.ts";
import { columnsOfUtility, routeOf } from "./plan-statement.ts";
import { refusalOfWrite } from "./refuse-target.ts";
import type { SessionState } from "./session-state.ts";
import { selectOf, shownRelation } from "./show-own.ts";
import { charactersBefore, moved } from "./statement-places.ts";
import type { StatementPlan } from "./statement-plan.ts";
import { planWrite } from "./write-temporary.ts";

export interface PlannedStatement {
  readonly statement: Statement;
  readonly parameterTypes: readonly number[];
  /** What the audit is to say instead of the statement's own text. */
  readonly recordedText?: string | undefined;
  /** What its offset counts in; absent: the client's text. */
  readonly wholeText?: string | undefined;
}

export async function planStatement(state: SessionState, asked: PlannedStatement): Promise<StatementPlan> {
  const { statement, parameterTypes, wholeText = state.clientText } = asked;
  const shown = shownRelation(statement.node);
  if (shown !== undefined) return planShow(state, asked, selectOf(shown));
  const route = routeOf(statement.node, state.temporaryTables);
  if (route.kind === "refused") throw await refusalOfWrite(state, statement, route.error);
  if (route.kind === "write") {
    return state.recordingWrites(statement, () => planWrite(state, statement, parameterTypes));
  }
  if (route.kind === "utility") {
    return {
      kind: "utility",
      statement,
      wholeText,
      columns: columnsOfUtility(state, statement),
      cursorPlan: await planCursor(state, statement, parameterTypes),
    };
  }
  const { context, signal } = state;
  const before = charactersBefore(wholeText, statement);
  try {
    const prepared = await state.raced(state.options.queries.prepare({ ...asked, context, signal }));
    return { kind: "query", statement, prepared, tag: route.tag, charactersBefore: before };
  } catch (error) {
    throw moved(error, before);
  }
}

/** A SHOW of rows that PostgreSQL inside has, as the query of them. */
async function planShow(state: SessionState, asked: PlannedStatement, text: string): Promise<StatementPlan> {
  const { context, signal, options } = state;
  const [parsed] = await options.parseStatements(text);
  if (parsed === undefined) throw new TypeError("the text of a SHOW is no statement");
  const { statement, recordedText = statement.text } = asked;
  const request = { statement: parsed, parameterTypes: [], recordedText, context, signal };
  const prepared = await state.raced(options.queries.prepare(request));
  return { kind: "query", statement, prepared, tag: "SHOW", charactersBefore: 0 };
}
