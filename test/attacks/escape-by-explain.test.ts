// The attacker wants masked values and hidden rows by a plan, which names what a statement reads, or by how many rows it counted.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by EXPLAIN",
  attempts: [
    ["EXPLAIN SELECT owner FROM accounts", "SELECT owner FROM accounts"],
    ["EXPLAIN (ANALYZE) SELECT owner, phone FROM accounts", "TABLE accounts"],
    ["EXPLAIN (FORMAT JSON) SELECT max(pin) FROM accounts WHERE pin > 0", "SELECT max(pin) FROM accounts"],
    ["EXPLAIN (ANALYZE, FORMAT JSON) SELECT * FROM payments", "SELECT memo FROM payments"],
    ["EXPLAIN (VERBOSE, COSTS OFF) SELECT * FROM branches", "TABLE branches"],
    ["PREPARE p AS SELECT owner FROM accounts", "EXPLAIN EXECUTE p", "EXECUTE p"],
  ],
  refused: {
    "42P01": ["EXPLAIN SELECT * FROM raw_accounts", "EXPLAIN (ANALYZE) SELECT * FROM main.raw_accounts"],
    "42703": ["EXPLAIN SELECT own_tenant FROM accounts", "EXPLAIN ANALYZE SELECT key FROM accounts"],
  },
});
