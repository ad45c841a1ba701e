// The names that clients may connect to a lens by.

/** A lens `public:market` answers to `lens:public:market`, `public:market` and `market`. */
export function databaseNames(configured: string): readonly string[] {
  const plain = configured.replace(/^lens:/, "");
  const name = plain.slice(plain.lastIndexOf(":") + 1);
  return [...new Set([`lens:${plain}`, plain, name])];
}
