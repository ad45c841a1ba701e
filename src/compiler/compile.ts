// Query + VisibleModel -> LensPlan. A pure function: the same input gives the same plan.

import { visitQuery } from "../query/walk.ts";
import { Compilation, type CompileInput } from "./compilation.ts";
import { compileBlock } from "./compile-block.ts";
import { dropUnreadColumns } from "./drop-unread.ts";
import type { LensPlan } from "./lens-plan.ts";
import { CommonTables } from "./nested-query.ts";
import { boundedPlan } from "./plan-size.ts";
import { shareChoices } from "./share-choices.ts";

/**
 * Compiles an analysed statement over a lens. Throws LensError: 42803 for misplaced measures, 42P01 and 42702 for join
 * paths, 0A000 for what cannot be computed rightly, 54001 for a plan that would be too large.
 */
export function compile(input: CompileInput): LensPlan {
  const common = new CommonTables();
  const compilation: Compilation = new Compilation(input, {
    query: (query) => boundedPlan(compileBlock(compilation, common, query)),
    entry: (block, entry, place) => common.entry(block, entry, place),
  });
  const compiled = boundedPlan(compileBlock(compilation, common, input.query));
  const query = dropUnreadColumns(compilation.isSplit ? shareChoices(compilation, compiled) : compiled);
  visitQuery(query, {
    entry: (entry) => {
      if (entry.kind === "lensScan") compilation.noteScan(entry);
    },
  });
  return {
    query,
    nextId: compilation.newId(),
    tables: [...compilation.tables].sort(),
    members: [...compilation.members].sort(),
  };
}
