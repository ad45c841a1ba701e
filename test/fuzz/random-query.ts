// Random statements: a block, or a set operation over blocks; each may also stand in the FROM of another.
import { type Block, blockRows, blockSql, distinctRows } from "./blocks.ts";
import type { Draw } from "./draw.ts";
import type { Cell, ColumnType, FuzzLens } from "./fuzz-lens.ts";
import { drawArm, drawBlock } from "./random-block.ts";
import type { Source } from "./sources.ts";
import { Statement } from "./statement.ts";

/** A statement and the rows that it has by the definitions. */
export interface Selection {
  readonly sql: string;
  readonly types: readonly ColumnType[];
  /** Rows of FROM that the evaluator goes through. */
  size(): number;
  rows(): Cell[][];
}

export function drawQuery(lens: FuzzLens, draw: Draw): Selection {
  const statement = newStatement(lens, draw);
  const made = drawSelection(statement, 3, false);
  const withs = statement.ctes.length === 0 ? "" : `WITH ${statement.ctes.join(", ")} `;
  return { ...made, sql: `${withs}${made.sql}` };
}

/** One block, for laws that change it. */
export function drawOneBlock(lens: FuzzLens, draw: Draw): Block {
  const statement = newStatement(lens, draw);
  const block = drawBlock(statement, 3, false);
  return { ...block, ctes: statement.ctes };
}

function selectionOf(block: Block): Selection {
  return {
    sql: blockSql(block),
    types: block.items.map(({ type }) => type),
    size: () => block.source.rows().length,
    rows: () => blockRows(block),
  };
}

function newStatement(lens: FuzzLens, draw: Draw): Statement {
  return new Statement(lens, draw, (inner, depth) =>
    selectionSource(drawSelection(inner, depth, true), inner.alias()),
  );
}

function drawSelection(statement: Statement, depth: number, exact: boolean): Selection {
  if (statement.draw.chance(15)) return drawSetOperation(statement, Math.max(0, depth - 1));
  return selectionOf(drawBlock(statement, depth, exact));
}

const operators = ["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "INTERSECT ALL"] as const;

function drawSetOperation(statement: Statement, depth: number): Selection {
  const { draw } = statement;
  const types = draw.pick([["text", "int"], ["int"], ["text"], ["text", "int", "int"]] as const);
  let made = selectionOf(drawArm(statement, depth, types));
  for (let arms = 1 + draw.upTo(1); arms > 0; arms--) {
    const operator = draw.pick(operators);
    const [left, right] = [made, selectionOf(drawArm(statement, depth, types))];
    made = {
      sql: `(${left.sql}) ${operator} (${right.sql})`,
      types,
      size: () => Math.max(left.size(), right.size()),
      rows: () => combined(operator, left.rows(), right.rows()),
    };
  }
  return made;
}

function combined(operator: (typeof operators)[number], left: Cell[][], right: Cell[][]): Cell[][] {
  switch (operator) {
    case "UNION ALL":
      return [...left, ...right];
    case "UNION":
      return distinctRows([...left, ...right]);
    case "EXCEPT":
      return distinctRows(matched(distinctRows(left), right).without);
    case "INTERSECT":
      return matched(distinctRows(left), right).within;
    case "EXCEPT ALL":
      return matched(left, right).without;
    default:
      return matched(left, right).within;
  }
}

/** The rows of the left side that a row of the right side is left for, one for one, and the others. */
function matched(left: readonly Cell[][], right: readonly Cell[][]) {
  const counts = new Map<string, number>();
  for (const row of right) counts.set(JSON.stringify(row), (counts.get(JSON.stringify(row)) ?? 0) + 1);
  const within: Cell[][] = [];
  const without: Cell[][] = [];
  for (const row of left) {
    const key = JSON.stringify(row);
    const count = counts.get(key) ?? 0;
    counts.set(key, count - 1);
    (count > 0 ? within : without).push(row);
  }
  return { within, without };
}

/** A statement of its own as a FROM item: its measures are values. */
function selectionSource(selection: Selection, alias: string): Source {
  return {
    sql: `(${selection.sql}) AS ${alias}`,
    columns: selection.types.map((type, place) => ({
      sql: `${alias}.o${place + 1}`,
      name: `o${place + 1}`,
      type,
      measure: undefined,
      origin: undefined,
    })),
    instances: [],
    edges: [],
    tableOfAlias: new Map(),
    oneFrom: false,
    relations: false,
    rows: () => selection.rows().map((values) => ({ at: [], values })),
  };
}
