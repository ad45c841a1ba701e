// Edits of a text, and where each place of the edited text stands in the original.

export interface TextEdit {
  /** The piece of the original text that is replaced, in UTF-16 code units; empty for an insertion. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface EditedText {
  readonly original: string;
  readonly text: string;
  /** Where a place of `text` stands in `original`; the start of the replaced piece for a place that an edit made. */
  originalOffset(offset: number): number;
}

/** Applies edits that do not overlap. Of several insertions at one place the order given is kept. */
export function editText(original: string, edits: readonly TextEdit[]): EditedText {
  const ordered = edits.map((edit, index) => ({ ...edit, index }));
  ordered.sort((a, b) => a.start - b.start || a.end - b.end || a.index - b.index);
  const parts: string[] = [];
  let at = 0;
  for (const edit of ordered) {
    if (edit.start < at) throw new TypeError("edits of a text overlap");
    parts.push(original.slice(at, edit.start), edit.text);
    at = edit.end;
  }
  parts.push(original.slice(at));
  return {
    original,
    text: parts.join(""),
    originalOffset: (offset) => originalOffset(ordered, offset),
  };
}

function originalOffset(ordered: readonly TextEdit[], offset: number): number {
  let shift = 0;
  for (const edit of ordered) {
    const start = edit.start + shift;
    if (offset < start) break;
    if (offset < start + edit.text.length) return edit.start;
    shift += edit.text.length - (edit.end - edit.start);
  }
  return offset - shift;
}
