// The attacker wants masked values and hidden rows by a statement that is prepared now and run later, with parameters.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by PREPARE",
  attempts: [
    ["PREPARE p AS SELECT * FROM accounts", "EXECUTE p"],
    ["PREPARE p (int) AS SELECT owner, phone FROM accounts WHERE id = $1", "EXECUTE p (3)", "EXECUTE p (2)"],
    ["PREPARE p (text) AS SELECT owner FROM accounts WHERE $1 <> owner", "EXECUTE p ('x')"],
    [
      "PREPARE p AS SELECT owner FROM accounts",
      "BEGIN",
      "SAVEPOINT s",
      "EXECUTE p",
      "ROLLBACK TO s",
      "EXECUTE p",
      "COMMIT",
    ],
    ["PREPARE accounts AS SELECT memo FROM payments", "EXECUTE accounts"],
    ["PREPARE p AS SELECT owner FROM accounts", "SET search_path = pg_catalog, public", "EXECUTE p"],
    [
      "PREPARE p AS SELECT owner FROM accounts",
      "CREATE TEMP TABLE t AS EXECUTE p",
      "SELECT * FROM t",
      "EXECUTE p",
    ],
  ],
  refused: {
    "26000": ["EXECUTE nothing", ["PREPARE p AS SELECT owner FROM accounts", "DEALLOCATE ALL", "EXECUTE p"]],
    "42P01": ["PREPARE p AS SELECT * FROM raw_accounts"],
  },
});
