// Every attack that is known of has its file here, and every file is one of a known attack.
import { readdirSync } from "node:fs";
import { expect, it } from "vitest";

const attacks: Readonly<Record<string, readonly string[]>> = {
  "filter and order over a masked column": ["probing-masked-columns", "non-interference"],
  "measures, copies and aliases of a masked column": ["model-corners", "escape-by-function"],
  "a table that is reached through a view or a join": ["escape-by-view", "non-interference"],
  CTE: ["escape-by-cte"],
  "sub-query": ["escape-by-sub-query"],
  LATERAL: ["escape-by-lateral"],
  cast: ["escape-by-cast"],
  EXPLAIN: ["escape-by-explain"],
  PREPARE: ["escape-by-prepare"],
  cursor: ["escape-by-cursor"],
  COPY: ["escape-by-copy", "copy"],
  "temporary table": ["escape-by-temporary-table", "temporary-tables"],
  "SET ROLE, physical tables, files, functions of the warehouse": ["reach"],
  "hidden members in the catalog and in hints": ["hidden-names"],
  "statistics of the catalog": ["catalog-statistics"],
  "values in error texts": ["error-text"],
  "errors that only a hidden row causes": ["error-oracle"],
  "plans and answers that cross users": ["isolation"],
  "names that are SQL": ["identifier-injection"],
  "values that are SQL": ["parameter-injection"],
  "forged JSON Web Tokens": ["forged-tokens"],
  "finding out who exists": ["user-enumeration"],
  "TLS stripping": ["tls-stripping"],
  "guessed cancel keys": ["cancel-keys"],
  "slow and half-open connections": ["slow-connections"],
  "the HTTP port": ["http-port"],
  "forged records and log lines": ["record-injection", "audit"],
  "clocks that are set": ["clock-jumps"],
  "a disk that is full": ["full-disk"],
  "oversized statements": ["oversized-input"],
};

it("each attack has a file, and each file an attack", () => {
  const files = readdirSync(import.meta.dirname).flatMap((name) => /^(.*)\.test\.ts$/.exec(name)?.[1] ?? []);
  expect([...new Set([...Object.values(attacks).flat(), "coverage"])].sort()).toEqual(files.sort());
});
