// How one offered function or operator is written down: its name and the OID and argument types of each signature.

export interface Offered {
  readonly name: string;
  readonly signatures: readonly { readonly oid: number; readonly args: string }[];
}

/** `offered("abs", "1397(integer)", "1705(numeric)")`. */
export function offered(name: string, ...signatures: readonly string[]): Offered {
  return {
    name,
    signatures: signatures.map((signature) => {
      const open = signature.indexOf("(");
      return { oid: Number(signature.slice(0, open)), args: signature.slice(open + 1, -1) };
    }),
  };
}
