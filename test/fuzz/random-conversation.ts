// Random conversations over a small grammar of statements that read no lens: names are few, so that they meet.
import fc from "fast-check";
import type { RawClient } from "../protocol/raw-client.ts";

export type ClientMessage =
  | { readonly type: "Query"; readonly text: string }
  | {
      readonly type: "Parse";
      readonly name: string;
      readonly text: string;
      readonly types: readonly number[];
    }
  | {
      readonly type: "Bind";
      readonly portal: string;
      readonly statement: string;
      readonly values: readonly (string | null)[];
      readonly resultFormats: readonly number[];
    }
  | { readonly type: "Describe"; readonly target: "S" | "P"; readonly name: string }
  | { readonly type: "Execute"; readonly portal: string; readonly rowsMax: number }
  | { readonly type: "Close"; readonly target: "S" | "P"; readonly name: string }
  | { readonly type: "Flush" }
  | { readonly type: "Sync" };

const rows = "select g from generate_series(1, 4) as g";

/** Not in planning, whose time is another one here, and not behind rows, which come in batches. */
const failing = "select 1 / (g - 1) as z from generate_series(1, 2) as g";

const reading = fc.constantFrom(
  "",
  "select 1 as a",
  "values (1, 'x'), (2, 'y')",
  rows,
  "select g, 'row ' || g as t from generate_series(1, 3) as g",
  "select $1::int as p",
  failing,
  "select nosuch",
  "selec",
  "show timezone",
  "explain (costs off) select 1",
);

const transactions = fc.constantFrom(
  "begin",
  "begin",
  "start transaction read only",
  "commit",
  "rollback",
  "end",
  "savepoint a",
  "savepoint b",
  "release a",
  "rollback to a",
  "rollback to b",
  "commit and chain",
);

const settings = fc.constantFrom(
  "set timezone = 'Asia/Tokyo'",
  "set local timezone = 'Europe/Paris'",
  "set extra_float_digits = 9",
  "set application_name = 'here'",
  "reset all",
  "reset timezone",
  "discard plans",
  "discard all",
  "listen a",
  "notify a",
  "unlisten *",
  "set role none",
);

const scroll = fc.constantFrom("", "", "scroll ", "no scroll ", "binary ");
const hold = fc.constantFrom("", "", " with hold");
const cursorRows = fc.constantFrom(rows, "values (1), (2)", "select generate_series(1, 3)", failing);
const cursorName = fc.constantFrom("c", "d");
const declare = fc
  .tuple(cursorName, scroll, hold, cursorRows)
  .map(([name, how, held, query]) => `declare ${name} ${how}cursor${held} for ${query}`);
const direction = fc.constantFrom(
  "",
  "next from ",
  "prior from ",
  "first from ",
  "last from ",
  "absolute 2 from ",
  "absolute -2 from ",
  "absolute 0 from ",
  "relative 2 from ",
  "relative -1 from ",
  "0 from ",
  "2 from ",
  "-2 from ",
  "all from ",
  "backward 0 from ",
  "backward all from ",
);
const fetchRows = fc
  .tuple(fc.constantFrom("fetch", "fetch", "move"), direction, cursorName)
  .map(([verb, where, name]) => `${verb} ${where}${name}`);
/** EXECUTE of a transaction statement that Parse named would bring PostgreSQL itself down, so it has names of its own. */
const prepared = fc.constantFrom(
  "prepare u as select 5 as five",
  "prepare v(int) as select $1 + 1 as six",
  "prepare s as select 7 as seven",
  "execute u",
  "execute v(5)",
  "deallocate u",
  "deallocate s",
  "deallocate all",
);
const closing = fc.constantFrom("close c", "close d", "close all");

/** Statements that may stand alone in a Parse. */
const statement = fc.oneof(
  { weight: 4, arbitrary: reading },
  { weight: 4, arbitrary: transactions },
  { weight: 1, arbitrary: settings },
  { weight: 3, arbitrary: declare },
  { weight: 5, arbitrary: fetchRows },
  { weight: 2, arbitrary: prepared },
  { weight: 1, arbitrary: closing },
);

const query = fc
  .array(statement, { minLength: 1, maxLength: 3 })
  .map((texts): ClientMessage => ({ type: "Query", text: texts.join("; ") }));

const statementName = fc.constantFrom("", "", "s", "t");
const portalName = fc.constantFrom("", "", "p", "c");
const parse = fc
  .tuple(statementName, statement, fc.constantFrom<readonly number[]>([], [], [23]))
  .map(([name, text, types]): ClientMessage => ({ type: "Parse", name, text, types }));
const bind = fc
  .tuple(
    portalName,
    statementName,
    fc.constantFrom<readonly (string | null)[]>([], [], [], ["7"], ["x"]),
    fc.constantFrom<readonly number[]>([], [], [1], [0, 1]),
  )
  .map(
    ([portal, name, values, resultFormats]): ClientMessage => ({
      type: "Bind",
      portal,
      statement: name,
      values,
      resultFormats,
    }),
  );
const target = fc.constantFrom("S" as const, "P" as const);
/** Other portals are described where they are made: whether one without rows outlives a failed transaction differs. */
const describe = fc
  .constantFrom(["S", ""] as const, ["S", "s"] as const, ["P", "c"] as const)
  .map(([of, name]): ClientMessage => ({ type: "Describe", target: of, name }));
const execute = fc
  .tuple(portalName, fc.constantFrom(0, 0, 1, 2))
  .map(([portal, rowsMax]): ClientMessage => ({ type: "Execute", portal, rowsMax }));
const close = fc
  .tuple(target, fc.constantFrom("", "s", "p", "c"))
  .map(([of, name]): ClientMessage => ({ type: "Close", target: of, name }));

/** Parse, Bind, Describe, Execute as drivers send them, so that not everything fails on a missing name. */
const driven = fc
  .tuple(statement, fc.constantFrom(0, 0, 1, 2), fc.boolean())
  .map(([text, rowsMax, syncs]): readonly ClientMessage[] => [
    { type: "Parse", name: "", text, types: [] },
    { type: "Bind", portal: "", statement: "", values: [], resultFormats: [] },
    { type: "Describe", target: "P", name: "" },
    { type: "Execute", portal: "", rowsMax },
    ...(syncs ? [{ type: "Sync" } as const] : []),
  ]);

const one = (arbitrary: fc.Arbitrary<ClientMessage>): fc.Arbitrary<readonly ClientMessage[]> =>
  arbitrary.map((message) => [message]);

/** Ends with a Sync, so that nothing is being skipped at the end. */
export const conversation: fc.Arbitrary<readonly ClientMessage[]> = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: one(query) },
      { weight: 4, arbitrary: driven },
      { weight: 2, arbitrary: one(parse) },
      { weight: 2, arbitrary: one(bind) },
      { weight: 1, arbitrary: one(describe) },
      { weight: 2, arbitrary: one(execute) },
      { weight: 1, arbitrary: one(close) },
      { weight: 1, arbitrary: one(fc.constant({ type: "Flush" })) },
      { weight: 3, arbitrary: one(fc.constant({ type: "Sync" })) },
    ),
    { minLength: 2, maxLength: 14 },
  )
  .map((parts) => [...withSyncs(parts.flat()), { type: "Sync" }]);

/**
 * Differs from PostgreSQL: a Query behind an Execute without a Sync between them ends the implicit transaction here, and
 * leaves it open there, with ReadyForQuery saying T. No driver sends that.
 */
function withSyncs(messages: readonly ClientMessage[]): ClientMessage[] {
  const result: ClientMessage[] = [];
  let isExecuted = false;
  for (const message of messages) {
    if (message.type === "Query" && isExecuted) result.push({ type: "Sync" });
    if (message.type === "Execute") isExecuted = true;
    else if (message.type === "Sync" || message.type === "Query") isExecuted = false;
    result.push(message);
  }
  return result;
}

export function sendMessage(client: RawClient, message: ClientMessage): void {
  switch (message.type) {
    case "Query":
      return client.sendQuery(message.text);
    case "Parse":
      return client.sendParse(message.name, message.text, message.types);
    case "Bind":
      return client.sendBind(message.portal, message.statement, message.values, message.resultFormats);
    case "Describe":
      return client.sendDescribe(message.target, message.name);
    case "Execute":
      return client.sendExecute(message.portal, message.rowsMax);
    case "Close":
      return client.sendMessage("C", Buffer.from(message.target), Buffer.from(`${message.name}\0`));
    case "Flush":
      return client.sendMessage("H");
    case "Sync":
      return client.sendSync();
  }
}
