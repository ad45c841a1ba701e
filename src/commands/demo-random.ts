// Chance for the demo data: every draw is a hash of a row's number and of what is drawn, so the same number of rows
// always gives the same data, on any number of threads.

export const demoMacros: readonly string[] = [
  // hash() of two values only combines their hashes by XOR: without the outer one all draws of a row go together.
  "CREATE TEMP MACRO mixed(n, what) AS hash(hash(n::BIGINT, what::VARCHAR))",
  // A whole number from 0 to one less than `limit`.
  'CREATE TEMP MACRO whole(n, what, "limit") AS (mixed(n, what) % "limit")::BIGINT',
  // Uniform in [0, 1).
  "CREATE TEMP MACRO draw(n, what) AS (mixed(n, what) >> 11)::DOUBLE / 9007199254740992.0",
  // Roughly normal, mean 0, deviation 1, never beyond 3.5.
  `CREATE TEMP MACRO bell(n, what) AS (draw(n, what || '1') + draw(n, what || '2')
     + draw(n, what || '3') + draw(n, what || '4') - 2) * 1.7320508`,
  // One of a list, the first ones more often the larger the skew.
  "CREATE TEMP MACRO pick(items, u, skew) AS items[1 + floor(len(items) * pow(u, skew))::BIGINT]",
  "CREATE TEMP MACRO rupees(amount) AS greatest(amount, 1)::DECIMAL(12,2)",
];

/** A list of texts as SQL writes it. */
export function textList(items: readonly string[]): string {
  return `[${items.map((item) => `'${item.replaceAll("'", "''")}'`).join(", ")}]`;
}
