// Rows for people (aligned columns) and programs (JSON, CSV).

export type RowsFormat = "table" | "json" | "csv";

/** Characters of a cell of a table, beyond which it is cut. */
const cellCharactersMax = 120;

export function printRows(
  { columns, rows }: { readonly columns: readonly string[]; readonly rows: readonly (readonly unknown[])[] },
  format: RowsFormat,
): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(
        rows.map((row) => Object.fromEntries(columns.map((column, index) => [column, row[index]]))),
        undefined,
        2,
      )}\n`;
    case "csv":
      return [columns, ...rows].map((row) => `${row.map(csvField).join(",")}\r\n`).join("");
    case "table":
      return table(columns, rows);
  }
}

function table(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [columns, ...rows].map((row) => row.map(tableCell));
  const widths = columns.map((_, index) =>
    cells.reduce((most, row) => Math.max(most, lengthOf(row[index])), 0),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, index) => cell + " ".repeat((widths[index] ?? 0) - lengthOf(cell)))
      .join("  ")
      .trimEnd(),
  );
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return `${[lines[0], rule, ...lines.slice(1)].join("\n")}\n(${rows.length} ${rows.length === 1 ? "row" : "rows"})\n`;
}

function lengthOf(text: string | undefined): number {
  return Array.from(text ?? "").length;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What clients wrote must not steer the terminal of who reads it. */
function tableCell(value: unknown): string {
  const characters = Array.from(textOf(value).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " "));
  if (characters.length <= cellCharactersMax) return characters.join("");
  return `${characters.slice(0, cellCharactersMax - 1).join("")}…`;
}

function csvField(value: unknown): string {
  const text = textOf(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
