// The values behind a rendered query's places: the client's parameters, and what the session and the clock say.
import type { TemporaryColumnParameter } from "../analysis/temporary-columns.ts";
import { dataTypeOfOid, type Value } from "../data-type.ts";
import type { RenderedParameter } from "../dialect/render.ts";
import { assert } from "../errors.ts";
import type { UserGroup } from "../model/model.ts";
import { boundValueName, temporaryColumnNumberMax } from "../query/bound-values.ts";
import type { BoundParameter } from "../result.ts";
import { attributeValue } from "./bind-attributes.ts";
import type { BoundSetting } from "./bind-session-functions.ts";
import type { ParameterValue, SessionContext } from "./query-engine.ts";
import { unboundValue } from "./query-errors.ts";
import { unknownSetting } from "./session-errors.ts";

export interface BindOptions {
  /** Place by place. */
  readonly places: readonly RenderedParameter[];
  readonly parameters: readonly ParameterValue[];
  /** Settings that the statement reads. */
  readonly settings: readonly BoundSetting[];
  /** Columns of temporary tables that the statement reads. */
  readonly temporaryColumns: readonly TemporaryColumnParameter[];
  readonly context: SessionContext;
  /** The effective group. */
  readonly group: UserGroup;
  /** Milliseconds since 1970: what now() says in this statement. */
  readonly nowMs: number;
  /** What version() says. */
  readonly version: string;
}

export function bindValues(options: BindOptions): readonly BoundParameter[] {
  return options.places.map((place) => {
    const type = dataTypeOfOid(place.type);
    assert(type !== undefined, `a parameter of type ${place.type} can be bound`);
    return { type, value: valueAt(options, place) };
  });
}

function valueAt(options: BindOptions, { number, attribute }: RenderedParameter): Value {
  const { context, group } = options;
  if (attribute !== undefined) return attributeValue(attribute, context.identity, group);
  return number > 0 ? clientValue(options, number) : sessionValue(options, number);
}

function clientValue({ parameters }: BindOptions, number: number): Value {
  const parameter = parameters[number - 1];
  if (parameter === undefined) throw unboundValue(number);
  return parameter.value;
}

function sessionValue(options: BindOptions, number: number): Value {
  const { settings, context, nowMs, version } = options;
  if (number <= temporaryColumnNumberMax) return temporaryValues(options, number);
  const name = boundValueName(number);
  switch (name) {
    case "now":
      return BigInt(Math.trunc(nowMs)) * 1000n;
    case "currentUser":
    case "sessionUser":
      return context.identity.user;
    case "currentDatabase":
      return context.databaseName;
    case "currentSchema":
      return "public";
    case "version":
      return version;
    case "backendPid":
      return context.processId;
    case undefined:
      return settingValue(settings, context, number);
    default:
      return name satisfies never;
  }
}

/** All values of a column of a temporary table. */
function temporaryValues({ temporaryColumns, context }: BindOptions, number: number): Value {
  const found = temporaryColumns.find((each) => each.number === number);
  const table = found && context.temporaryTables.get(found.table);
  if (found === undefined || table === undefined) throw unboundValue(number);
  return (table.columns[found.column] ?? []).slice(0, table.rowCount);
}

function settingValue(settings: readonly BoundSetting[], context: SessionContext, number: number): Value {
  const setting = settings.find((item) => item.number === number);
  if (setting === undefined) throw unboundValue(number);
  const value = context.settings.get(setting.name);
  if (value === undefined && !setting.missingOk) throw unknownSetting(setting.name);
  return value ?? null;
}
