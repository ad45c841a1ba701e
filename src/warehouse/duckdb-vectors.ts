// The raw parts of a DuckDB vector: which rows are NULL, and where the items of a list lie.
import duckdb from "@duckdb/node-bindings";

/** Says whether a row is NULL. */
export function nullBits(vector: duckdb.Vector, count: number): (row: number) => boolean {
  const bits = validityOf(vector, count);
  if (bits === undefined) return () => false;
  return (row) => ((bits[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
}

/** One bit for each row, set where it is not NULL; undefined where no row is NULL. */
export function validityOf(vector: duckdb.Vector, count: number): Uint8Array | undefined {
  // DuckDB keeps validity in 64-bit words, and gives none at all when every row is valid.
  const bytes: Uint8Array | null = duckdb.vector_get_validity(vector, Math.ceil(count / 64) * 8);
  return bytes ?? undefined;
}

/** Where in the child vector the items of a row begin and end. */
export function listRanges(
  vector: duckdb.Vector,
  count: number,
): (row: number) => { readonly start: number; readonly end: number } {
  const data = duckdb.vector_get_data(vector, count * 16);
  const entries = new BigUint64Array(data.buffer, data.byteOffset, count * 2);
  return (row) => {
    const start = Number(entries[row * 2]);
    return { start, end: start + Number(entries[row * 2 + 1]) };
  };
}
