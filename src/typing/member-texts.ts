// How each dialect spells what questions about types need.
import { quoteIdentifier, textLiteral } from "../dialect/duckdb/identifiers.ts";
import type { WarehouseKind } from "../warehouse-kind.ts";
import type { MemberSqlText } from "./member-text.ts";

export const memberTexts: Record<WarehouseKind, MemberSqlText> = {
  duckdb: { quoteName: quoteIdentifier, quoteText: textLiteral },
};
