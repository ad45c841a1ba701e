// Undoes the line breaks of PostgreSQL's printed trees: format_node_dump() of src/backend/nodes/print.c cuts the text
// into lines of at most 78 bytes, at the last space of the line, which it drops, or, where the line has none, anywhere.
import { unreadableTree } from "./query-errors.ts";

/** LINELEN of print.c: bytes. */
const lineBytes = 78;
/** What follows a name that ended exactly with its line. */
const nextField = /^:[A-Za-z_]+[ \n](?!:)/;

/**
 * The tree as one line: each byte of the dump one character (latin1), line breaks turned back into what they stood
 * for. Names that hold line breaks themselves come out with a space in their place; nothing is decided by a name.
 */
export function unwrapDump(dump: Uint8Array): string {
  const text = Buffer.from(dump.buffer, dump.byteOffset, dump.byteLength).toString("latin1");
  const parts: string[] = [];
  let start = 0;
  while (start < text.length) {
    const newline = text.indexOf("\n", start);
    const end = newline < 0 ? text.length : newline;
    if (end - start > lineBytes) throw unreadableTree(`a line of ${end - start} bytes`);
    parts.push(text.slice(start, end));
    if (end + 1 < text.length && !isCutInsideToken(text, start, end)) parts.push(" ");
    start = end + 1;
  }
  return parts.join("");
}

/** True where the printer found no space in the line and cut it at its 78th byte; no byte was dropped then. */
function isCutInsideToken(text: string, lineStart: number, lineEnd: number): boolean {
  if (lineEnd - lineStart < lineBytes) return false;
  const space = text.indexOf(" ", lineStart + 1);
  if (space >= 0 && space < lineEnd) return false;
  // The same line would come of a token that ends here and a space after it: what follows tells.
  const next = text.charCodeAt(lineEnd + 1);
  if (endsInEscape(text, lineStart, lineEnd)) return "(){}\\\t".includes(String.fromCharCode(next));
  if (next === 0x22) return text.charCodeAt(lineEnd - 1) !== 0x22;
  return !nextField.test(text.slice(lineEnd + 1, lineEnd + 1 + lineBytes));
}

function endsInEscape(text: string, lineStart: number, lineEnd: number): boolean {
  let backslashes = 0;
  for (let i = lineEnd - 1; i >= lineStart && text.charCodeAt(i) === 0x5c; i--) backslashes++;
  return backslashes % 2 === 1;
}
