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
  const placed = place(ordered);
  return {
    original,
    text: parts.join(""),
    originalOffset: (offset) => originalOffset(placed, offset),
  };
}

/** An edit with the place where its text stands in the edited text. */
interface PlacedEdit extends TextEdit {
  readonly editedStart: number;
}

function place(ordered: readonly TextEdit[]): readonly PlacedEdit[] {
  let shift = 0;
  return ordered.map((edit) => {
    const editedStart = edit.start + shift;
    shift += edit.text.length - (edit.end - edit.start);
    return { ...edit, editedStart };
  });
}

function originalOffset(placed: readonly PlacedEdit[], offset: number): number {
  // The last edit that begins at or before the place.
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.editedStart ?? Number.POSITIVE_INFINITY) <= offset) low = middle + 1;
    else high = middle;
  }
  const edit = placed[low - 1];
  if (edit === undefined) return offset;
  const after = offset - edit.editedStart - edit.text.length;
  return after < 0 ? edit.start : edit.end + after;
}
