// Dates and timestamps as text under the DateStyles other than ISO. A text is built from DuckDB's own, which is ISO's but
// for the place of the era.

import { oids } from "../../query/type-oids.ts";
import type { CastCall } from "../dialect.ts";

/** What the parts of DuckDB's text are: year, month, day, and what follows an era. */
const isoText = "^([0-9]+)-([0-9]{2})-([0-9]{2})(?: \\(BC\\))?(.*)$";

/** The text of a date or timestamp; undefined for other types. */
export function styledDate(call: CastCall): string | undefined {
  const { from, text } = call;
  if (from !== oids.date && from !== oids.timestamp) return undefined;
  const plain = `CAST(${text} AS VARCHAR)`;
  const parts = (replacement: string) => `regexp_replace(${plain}, '${isoText}', '${replacement}')`;
  const [style = "", order = ""] = call.settings.dateStyle.toLowerCase().split(", ");
  const isDayFirst = order === "dmy";
  const era = `CASE WHEN contains(${plain}, '(BC)') THEN ' BC' ELSE '' END`;
  switch (style) {
    case "sql":
      return `(${parts(isDayFirst ? "\\3/\\2/\\1\\4" : "\\2/\\3/\\1\\4")} || ${era})`;
    case "german":
      return `(${parts("\\3.\\2.\\1\\4")} || ${era})`;
    case "postgres": {
      if (from === oids.date) return `(${parts(isDayFirst ? "\\3-\\2-\\1" : "\\2-\\3-\\1")} || ${era})`;
      const day = `strftime(${text}, '${isDayFirst ? "%a %d %b" : "%a %b %d"}')`;
      return `CASE WHEN isinf(${text}) THEN ${plain} ELSE ${day} || ${parts("\\4 \\1")} || ${era} END`;
    }
    default:
      return undefined;
  }
}
