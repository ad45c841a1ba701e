// Waits for something that happens on the other side of a socket, as long as a slow machine may need.

/** Rejects after ten seconds: then it does not happen at all. */
export async function waitUntil(condition: () => boolean): Promise<void> {
  const end = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error("what was waited for did not happen");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
