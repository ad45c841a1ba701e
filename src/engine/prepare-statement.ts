// SQL's PREPARE, EXECUTE and DEALLOCATE, over the statements that the protocol's Parse and Close name too.
import type { DeallocateStmt, ExecuteStmt, Node, PrepareStmt, TypeName } from "@pgsql/types";
import { dataTypeOfOid, typeOid } from "../data-type.ts";
import { oids } from "../query/type-oids.ts";
import type { Statement } from "../sql/statement.ts";
import { Portal } from "./portal.ts";
import type { ParameterValue } from "./query-engine.ts";
import {
  duplicateStatement,
  executeNeedsConstants,
  unknownStatement,
  unknownType,
  wrongExecuteCount,
} from "./session-errors.ts";
import type { SessionState, UtilityResult } from "./session-state.ts";
import { parameterTypesOf } from "./statement-plan.ts";
import { endOfKeyword } from "./statement-tail.ts";

/** OIDs of the type names that a client may write after PREPARE. */
const typeOids: Readonly<Record<string, number>> = oids;

/** Returns the command tag. */
export async function runPrepare(
  state: SessionState,
  tree: PrepareStmt,
  statement: Statement,
): Promise<string> {
  const name = tree.name ?? "";
  const types = (tree.argtypes ?? []).map(oidOfTypeName);
  const start = endOfKeyword(statement.text, "as") ?? 0;
  const plan = await state.planInner(statement.text.slice(start), statement.offset + start, types);
  if (state.portals.statements.has(name)) throw duplicateStatement(name);
  const parameterTypes = parameterTypesOf(plan);
  const preparedMs = state.options.clock.now();
  state.portals.addStatement(name, { plan, parameterTypes, text: statement.text, fromSql: true, preparedMs });
  return "PREPARE";
}

function oidOfTypeName(node: Node): number {
  const type: TypeName = "TypeName" in node ? node.TypeName : {};
  const names = (type.names ?? []).map((each) => ("String" in each ? (each.String.sval ?? "") : ""));
  const isBuiltIn = names.length === 1 || names[0] === "pg_catalog";
  const oid = isBuiltIn ? typeOids[names.at(-1) ?? ""] : undefined;
  if (oid === undefined) throw unknownType(names.join("."));
  if ((type.arrayBounds ?? []).length === 0) return oid;
  const element = dataTypeOfOid(oid);
  if (element === undefined) throw unknownType(`${names.join(".")}[]`);
  return typeOid({ kind: "array", element });
}

/** Runs it as a portal of its own: what it answers, this statement answers. */
export async function runExecute(
  state: SessionState,
  tree: ExecuteStmt,
  outer: Portal,
): Promise<UtilityResult> {
  const name = tree.name ?? "";
  const prepared = state.portals.statements.get(name);
  if (prepared === undefined) throw unknownStatement(name);
  const types = prepared.parameterTypes;
  // As PostgreSQL, what is given to a statement without parameters is not even counted.
  const args = types.length === 0 ? [] : (tree.params ?? []);
  if (args.length !== types.length) throw wrongExecuteCount(name, types.length, args.length);
  const parameters = args.map((arg, index): ParameterValue => {
    const type = types[index] ?? 25;
    return state.options.readParameter(type, constantText(name, arg, type), state.settings);
  });
  const { depth } = state.transaction;
  const { plan } = prepared;
  const portal = new Portal({
    name: outer.name,
    plan,
    createdMs: outer.createdMs,
    parameters,
    formats: outer.formats,
    depth,
  });
  portal.tie(outer.signal);
  return state.startPortal(portal);
}

function constantText(statement: string, arg: Node, type: number): string | null {
  if ("TypeCast" in arg && arg.TypeCast.arg !== undefined) {
    // A cast to any other type could change the value.
    const { arg: inner, typeName } = arg.TypeCast;
    const sameType =
      typeName !== undefined &&
      typeName.typmods === undefined &&
      oidOfTypeName({ TypeName: typeName }) === type;
    if (!sameType) throw executeNeedsConstants(statement);
    return constantText(statement, inner, type);
  }
  if (!("A_Const" in arg)) throw executeNeedsConstants(statement);
  const { ival, fval, sval, boolval, isnull } = arg.A_Const;
  if (isnull === true) return null;
  if (sval !== undefined) return sval.sval ?? "";
  if (fval !== undefined) return fval.fval ?? "";
  if (boolval !== undefined) return boolval.boolval === true ? "true" : "false";
  if (ival !== undefined) return String(ival.ival ?? 0);
  throw executeNeedsConstants(statement);
}

/** Returns the command tag. */
export function runDeallocate(state: SessionState, tree: DeallocateStmt): string {
  const { statements } = state.portals;
  if (tree.isall === true) {
    state.portals.dropNamedStatements();
    return "DEALLOCATE ALL";
  }
  const name = tree.name ?? "";
  if (!statements.delete(name)) throw unknownStatement(name);
  return "DEALLOCATE";
}
