// Parse and Describe of a client's statement, which is never executed; with the analysed tree when asked for.
import { type Instance, InstanceError, statementError } from "./instance.ts";
import { tooComplex } from "./postgres-errors.ts";
import {
  type AnswerMessage,
  concatBytes,
  describeStatementMessage,
  parseMessage,
  readFields,
  readParameterDescription,
  readRowDescription,
  syncMessage,
} from "./protocol-bytes.ts";
import { applySessionState } from "./session-state.ts";
import { asBug, clearAfter, makeTemporaryTables, temporarySchemasSql } from "./temporary-tables.ts";
import type { AnalyseAnswer, AnalyseRequest } from "./worker-protocol.ts";

const treeMessage = "parse tree:";
const decoder = new TextDecoder();

function treeOf(answer: AnswerMessage): Uint8Array | undefined {
  const fields = readFields(answer.body);
  if (decoder.decode(fields.get("M")) !== treeMessage) return undefined;
  // A copy: these bytes go to another thread, the rest of the answer does not.
  return fields.get("D")?.slice();
}

function readAnalysis(
  answers: readonly AnswerMessage[],
  temporaryTables: AnalyseAnswer["temporaryTables"],
): AnalyseAnswer {
  let parsed = false;
  let parameterTypes: number[] = [];
  let columns: AnalyseAnswer["columns"] = [];
  let tree: Uint8Array | undefined;
  for (const answer of answers) {
    if (answer.type === "E") throw statementError(answer.body, parsed);
    if (answer.type === "N") tree ??= treeOf(answer);
    if (answer.type === "1") parsed = true;
    if (answer.type === "t") parameterTypes = readParameterDescription(answer.body);
    if (answer.type === "T") columns = readRowDescription(answer.body);
  }
  if (!parsed) throw new InstanceError(tooComplex, true);
  return { kind: "analysed", parameterTypes, columns, tree, temporaryTables };
}

/** Throws InstanceError for everything that PostgreSQL finds wrong with the statement. */
export async function analyseStatement(instance: Instance, request: AnalyseRequest): Promise<AnalyseAnswer> {
  await applySessionState(instance, {
    settings: request.settings,
    ownSettings: { debug_print_parse: request.tree ? "on" : "off" },
    databaseName: request.databaseName,
    otherDatabases: [],
    user: request.user,
  });
  const messages = concatBytes([
    parseMessage(request.text, request.parameterTypes),
    describeStatementMessage(),
    syncMessage(),
  ]);
  const ask = async (tables: AnalyseAnswer["temporaryTables"]) =>
    readAnalysis((await instance.exchange(messages)).answers, tables);
  const { temporaryTables } = request;
  if (temporaryTables.length === 0) return ask([]);
  try {
    return await ask(await beginWith(instance, temporaryTables));
  } finally {
    await instance.run("ROLLBACK");
    await clearAfter(instance, temporaryTables);
  }
}

/** Begins a transaction that has the tables. */
async function beginWith(
  instance: Instance,
  tables: AnalyseRequest["temporaryTables"],
): Promise<AnalyseAnswer["temporaryTables"]> {
  try {
    await instance.run(`BEGIN; ${temporarySchemasSql}`);
    await makeTemporaryTables(instance, tables);
    return tables.map((table) => [table.oid, table.name] as const);
  } catch (thrown) {
    throw asBug(thrown);
  }
}
