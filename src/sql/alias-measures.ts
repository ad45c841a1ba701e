// Names unaliased MEASURE(m) after its measure: PostgreSQL would call the column "measure".
import type { FuncCall, Node, ResTarget, SelectStmt } from "@pgsql/types";
import type { TextEdit } from "./edit-text.ts";
import { isSelect, nameParts, visitRaw } from "./parse-tree-walk.ts";
import { quoteName } from "./quote-name.ts";
import { selectItemEnd } from "./sql-tokens.ts";
import type { TextPlaces } from "./text-places.ts";

const measureCalls = new Set(["measure", "agg", "aggregate"]);

/** Whether a call is MEASURE, AGG or AGGREGATE. */
export function isMeasureCall(call: FuncCall): boolean {
  return measureCalls.has(nameParts(call.funcname).at(-1) ?? "");
}

/** The edits that give `AS "m"` to each unaliased MEASURE(m) of a select list, at any depth. */
export function aliasMeasures(places: TextPlaces, tree: Node): readonly TextEdit[] {
  const edits: TextEdit[] = [];
  visitRaw(tree, (kind, fields) => {
    if (!isSelect(kind, fields)) return undefined;
    for (const target of (fields as SelectStmt).targetList ?? []) {
      if (!("ResTarget" in target)) continue;
      const name = measureName(target.ResTarget);
      if (name !== undefined) edits.push(aliasEdit(places, target.ResTarget, name));
    }
    return undefined;
  });
  return edits;
}

/** Puts a name after an item of a select list. */
export function aliasEdit(places: TextPlaces, target: ResTarget, name: string): TextEdit {
  const end = selectItemEnd(places.text, places.offsetOfByte(target.location ?? 0));
  return { start: end, end, text: ` AS ${quoteName(name)}` };
}

function measureName(target: ResTarget): string | undefined {
  const { name, val } = target;
  if (name !== undefined || val === undefined || !("FuncCall" in val) || !isMeasureCall(val.FuncCall)) {
    return undefined;
  }
  const [argument, ...more] = val.FuncCall.args ?? [];
  if (argument === undefined || more.length > 0 || !("ColumnRef" in argument)) return undefined;
  return nameParts(argument.ColumnRef.fields).at(-1);
}
