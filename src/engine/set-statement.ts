// SET, RESET, SHOW and DISCARD.
import type { DiscardStmt, Node, VariableSetStmt, VariableShowStmt } from "@pgsql/types";
import { type ResultColumn, rowsOf } from "../result.ts";
import { sqlstates } from "../sqlstate.ts";
import { textColumn } from "./outcome.ts";
import type { PortalRows } from "./portal.ts";
import {
  commandNotSupported,
  invalidSettingValue,
  notInTransactionBlock,
  takesOneValue,
} from "./session-errors.ts";
import { type SessionState, warn } from "./session-state.ts";
import { settingDefinitions } from "./setting-definitions.ts";
import { setTransactionModes } from "./transaction-statement.ts";

/** Settings whose value is a list of names. */
const listSettings = new Set(["search_path", "datestyle", "temp_tablespaces", "local_preload_libraries"]);

/** Returns the command tag. */
export function runSet(state: SessionState, tree: VariableSetStmt): string {
  const { settings } = state;
  const name = tree.name ?? "";
  const local = tree.is_local === true;
  if (tree.kind === "VAR_SET_MULTI") return runSetTransaction(state, tree);
  if (local && !state.isInBlock) {
    warn(state, sqlstates.no_active_sql_transaction, "SET LOCAL can only be used in transaction blocks");
  }
  switch (tree.kind) {
    case "VAR_SET_VALUE":
      settings.set(name, textOfArguments(name, tree.args ?? []), local);
      return "SET";
    case "VAR_SET_CURRENT":
      settings.set(name, settings.show(name).value, local);
      return "SET";
    case "VAR_SET_DEFAULT":
      settings.reset(name, local);
      return "SET";
    case "VAR_RESET":
      settings.reset(name, false);
      return "RESET";
    case "VAR_RESET_ALL":
      settings.resetAll();
      return "RESET";
    default:
      throw commandNotSupported(`SET ${name}`);
  }
}

function runSetTransaction(state: SessionState, tree: VariableSetStmt): string {
  switch (tree.name) {
    case "TRANSACTION":
      if (!state.isInBlock) {
        warn(
          state,
          sqlstates.no_active_sql_transaction,
          "SET TRANSACTION can only be used in transaction blocks",
        );
      }
      setTransactionModes(state, tree.args ?? [], "");
      return "SET";
    case "SESSION CHARACTERISTICS":
      setTransactionModes(state, tree.args ?? [], "default_");
      return "SET";
    default:
      throw commandNotSupported(`SET ${tree.name ?? ""}`);
  }
}

function textOfArguments(name: string, args: readonly Node[]): string {
  const isList = listSettings.has(name.toLowerCase());
  if (args.length > 1 && !isList) throw takesOneValue(name);
  const values = args.map((arg) => constantOf(name, arg));
  if (name.toLowerCase() === "search_path") return values.map(quoteName).join(", ");
  return values.join(", ");
}

function constantOf(name: string, arg: Node): string {
  if ("A_Const" in arg) {
    const { ival, fval, sval, boolval } = arg.A_Const;
    if (sval !== undefined) return sval.sval ?? "";
    if (fval !== undefined) return fval.fval ?? "";
    if (boolval !== undefined) return boolval.boolval === true ? "true" : "false";
    if (ival !== undefined) return String(ival.ival ?? 0);
  }
  // SET TIME ZONE INTERVAL '-08:00' HOUR TO MINUTE
  if ("TypeCast" in arg && arg.TypeCast.arg !== undefined)
    return hoursOfInterval(name, constantOf(name, arg.TypeCast.arg));
  throw commandNotSupported(`this value of ${name}`);
}

function hoursOfInterval(name: string, text: string): string {
  const match = /^([+-]?)(\d{1,2})(?::(\d{2}))?$/.exec(text.trim());
  if (match === null) throw invalidSettingValue(name, text);
  const hours = Number(match[2]) + Number(match[3] ?? 0) / 60;
  return `${match[1] === "-" ? "-" : ""}${hours}`;
}

/** A name as PostgreSQL prints it in a list: quoted where it would not read back. */
function quoteName(name: string): string {
  return /^[a-z_][a-z0-9_]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;
}

const showAllColumns = [textColumn("name"), textColumn("setting"), textColumn("description")];

export function columnsOfShow(tree: VariableShowStmt): readonly ResultColumn[] {
  const name = tree.name ?? "";
  if (name === "all") return showAllColumns;
  return [textColumn(settingDefinitions.get(name.toLowerCase())?.name ?? name)];
}

/** Throws 42704. */
export function runShow(state: SessionState, tree: VariableShowStmt): PortalRows {
  const name = tree.name ?? "";
  const columns = columnsOfShow(tree);
  const tag = (): string => "SHOW";
  if (name !== "all") return { columns, stream: rowsOf([[state.settings.show(name).value]], 1), tag };
  const settings = state.settings.showAll();
  const names = settings.map((setting) => setting.name);
  const values = settings.map((setting) => setting.value);
  return { columns, stream: rowsOf([names, values, values.map(() => "")], settings.length), tag };
}

/** Returns the command tag. */
export function runDiscard(state: SessionState, tree: DiscardStmt): string {
  switch (tree.target) {
    case "DISCARD_ALL":
      if (state.isInBlock) throw notInTransactionBlock("DISCARD ALL");
      state.portals.closeWhere(() => true);
      state.portals.dropNamedStatements();
      state.settings.resetAll();
      state.temporaryTables.dropAll();
      return "DISCARD ALL";
    case "DISCARD_PLANS":
      return "DISCARD PLANS";
    case "DISCARD_SEQUENCES":
      return "DISCARD SEQUENCES";
    case "DISCARD_TEMP":
      state.temporaryTables.dropAll();
      return "DISCARD TEMP";
    default:
      throw commandNotSupported("this DISCARD");
  }
}
