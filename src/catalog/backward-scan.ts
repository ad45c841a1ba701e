// Whether a cursor over a catalog statement can go back without being asked for: PostgreSQL lets it where its plan reads
// backward for nothing, and only its plan tells.

/** What is read of a node of EXPLAIN (FORMAT JSON). */
export interface PlanNode {
  readonly "Node Type": string;
  readonly "Parallel Aware"?: boolean;
  readonly "Parent Relationship"?: string;
  readonly Plans?: readonly PlanNode[];
}

/** The statement that plans a query as the one of a plain cursor. It must not be one that EXPLAIN runs. */
export function explainCursor(text: string): string {
  return `EXPLAIN (FORMAT JSON) DECLARE lenswire_cursor CURSOR FOR ${text}`;
}

const ownRows: ReadonlySet<string> = new Set([
  "Seq Scan",
  "Tid Scan",
  "Tid Range Scan",
  "Function Scan",
  "Values Scan",
  "CTE Scan",
  "Materialize",
  "Sort",
  // Of B-trees, and the catalog has no other indexes.
  "Index Scan",
  "Index Only Scan",
]);

const rowsOfInput: ReadonlySet<string> = new Set(["Result", "Limit", "Subquery Scan", "LockRows"]);

/** PostgreSQL's ExecSupportsBackwardScan. */
export function supportsBackwardScan(node: PlanNode): boolean {
  if (node["Parallel Aware"] === true) return false;
  const type = node["Node Type"];
  if (ownRows.has(type)) return true;
  const inputs = (node.Plans ?? []).filter((plan) =>
    ["Outer", "Member", "Subquery"].includes(plan["Parent Relationship"] ?? ""),
  );
  if (type === "Append") return inputs.every(supportsBackwardScan);
  return rowsOfInput.has(type) && inputs.length === 1 && inputs.every(supportsBackwardScan);
}

/** The plan in the one value that EXPLAIN (FORMAT JSON) gives. */
export function readPlan(json: string): PlanNode {
  const [explained] = JSON.parse(json) as readonly { readonly Plan: PlanNode }[];
  if (explained === undefined) throw new TypeError("EXPLAIN gave no plan");
  return explained.Plan;
}
