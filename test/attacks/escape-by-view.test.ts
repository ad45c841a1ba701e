// The attacker wants masked values and hidden rows by a view of the model, or one of their own.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a view",
  attempts: [
    "SELECT * FROM overview",
    "SELECT o.* FROM overview o JOIN accounts a ON true",
    "WITH o AS (TABLE overview) SELECT * FROM o",
  ],
  refused: {
    "25006": [
      "CREATE VIEW v AS SELECT owner FROM accounts",
      "CREATE MATERIALIZED VIEW v AS SELECT owner FROM accounts",
      "CREATE TEMP VIEW v AS SELECT owner FROM accounts",
      "CREATE OR REPLACE TEMP VIEW accounts AS SELECT 1",
    ],
    "0A000": ["SELECT max(x) FROM (SELECT o::text AS x FROM (SELECT * FROM overview) o) y"],
  },
});
