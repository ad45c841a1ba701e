// Starts a query: one journey to the server where its columns are known, two where they have to be asked for.
import type { RenderedQuery } from "../result.ts";
import { beginMessage, type PostgresExchange, rollbackMessage } from "./postgres-exchange.ts";
import {
  backend,
  bindMessage,
  describePortalMessage,
  executeMessage,
  parseMessage,
  readRowDescription,
  syncMessage,
} from "./postgres-messages.ts";
import { boundValues, parameterOids } from "./postgres-parameters.ts";
import { type RowForm, rowFormOf } from "./postgres-row-form.ts";
import { type QueryShapes, ShapeChanged } from "./postgres-shapes.ts";

/** Resolves when the query runs. What comes next are its rows in this form. */
export async function startQuery(
  exchange: PostgresExchange,
  query: RenderedQuery,
  shapes: QueryShapes,
  options: { readonly isSecondAttempt: boolean },
): Promise<RowForm> {
  const known = options.isSecondAttempt ? undefined : shapes.known(query);
  const columns = known ?? (await shapes.describe(exchange, query));
  if (known === undefined) shapes.remember(query, columns);
  const form = rowFormOf(columns, query);
  const bind = bindMessage(boundValues(query.parameters), form.formats);
  const run = [bind, describePortalMessage, executeMessage, syncMessage, rollbackMessage];
  if (known === undefined) {
    exchange.send(run, 2);
  } else {
    const parse = parseMessage(query.sql, parameterOids(query.parameters));
    exchange.send([beginMessage(query.timeoutMs), parse, ...run], 3);
  }
  for (;;) {
    const message = await exchange.receive();
    if (message.kind === "rows") throw new TypeError("rows before their description");
    if (message.type !== backend.rowDescription) continue;
    const fields = readRowDescription(message.body);
    const isSame =
      fields.length === columns.length &&
      fields.every(({ oid, modifier }, i) => oid === columns[i]?.oid && modifier === columns[i]?.modifier);
    if (isSame) return form;
    throw new ShapeChanged("the columns of a statement have changed");
  }
}
