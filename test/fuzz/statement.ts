// The state of drawing one statement.
import type { Draw } from "./draw.ts";
import type { FuzzLens } from "./fuzz-lens.ts";
import type { Source } from "./sources.ts";

type DrawBlockSource = (statement: Statement, depth: number) => Source;

/** What the parts of one statement share. */
export class Statement {
  readonly lens: FuzzLens;
  readonly draw: Draw;
  readonly ctes: string[] = [];
  readonly #drawBlockSource: DrawBlockSource;
  /** DuckDB has no FULL JOIN inside a correlated subquery. */
  allowsFullJoin = true;
  #aliases = 0;

  constructor(lens: FuzzLens, draw: Draw, drawBlockSource: DrawBlockSource) {
    this.lens = lens;
    this.draw = draw;
    this.#drawBlockSource = drawBlockSource;
  }

  /** A block of its own as a FROM item: blocks hold sources, and sources hold blocks. */
  blockSource(depth: number): Source {
    return this.#drawBlockSource(this, depth);
  }

  alias(): string {
    this.#aliases += 1;
    return `t${this.#aliases}`;
  }
}
