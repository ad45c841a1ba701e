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
import { asOwner, beginWithTables, clearAfter } from "./temporary-tables.ts";
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
  const { temporaryTables } = request;
  const ask = async () => {
    const { answers } = await instance.exchange(messages);
    return readAnalysis(
      answers,
      temporaryTables.map((table) => [table.oid, table.name] as const),
    );
  };
  if (temporaryTables.length === 0) return ask();
  try {
    await beginWithTables(instance, temporaryTables, request.user);
    await instance.run(asOwner(request.user));
    return await ask();
  } finally {
    await instance.run("ROLLBACK");
    await clearAfter(instance, temporaryTables.length);
  }
}
