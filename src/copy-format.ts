// How COPY ... TO STDOUT spells rows. The engine reads it from a statement, the wire writes by it.

/** Strings are as the client gave them; those of one byte are ASCII, since every other character has more in UTF-8. */
export type CopyFormat =
  | { readonly kind: "binary" }
  | {
      readonly kind: "text";
      /** One byte. */
      readonly delimiter: string;
      readonly nullText: string;
      /** Whether a line of column names comes first. */
      readonly header: boolean;
      /** As PostgreSQL spells it; undefined: the client's. */
      readonly encoding: string | undefined;
    }
  | {
      readonly kind: "csv";
      /** One byte. */
      readonly delimiter: string;
      readonly nullText: string;
      readonly header: boolean;
      readonly encoding: string | undefined;
      /** One byte. */
      readonly quote: string;
      /** One byte. */
      readonly escape: string;
      /** Columns whose values are quoted always, by index. */
      readonly forceQuote: ReadonlySet<number>;
    };
