// Texts whose constants depend on when they are read: their plans are not kept.

/**
 * Whether a text may hold one of the literals that stand for the time at which they are read (`now`, `today` ...). It
 * errs on the side of yes: a word of that kind anywhere, or a string whose spelling can hide one.
 */
export function literalsOfNow(text: string): boolean {
  return /\b(?:today|tomorrow|yesterday|now\b(?!\s*\())/i.test(text) || hidden.test(text);
}

/** E'\x6eow', U&'\006eow', and strings that go on in another line. */
const hidden = /\b(?:e'[^']*\\|u&')|'\s*(?:--[^\n]*)?[\n\r]\s*(?:--[^\n]*[\n\r]\s*)*'/i;
