// The attacker wants masked values and hidden rows by reading them in a CTE, which the outer query then shows.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a CTE",
  attempts: [
    "WITH a AS (SELECT * FROM accounts) SELECT * FROM a",
    "WITH a AS MATERIALIZED (SELECT owner FROM accounts) SELECT * FROM a",
    "WITH a AS NOT MATERIALIZED (SELECT owner, phone FROM accounts) SELECT x.owner, y.phone FROM a x, a y",
    "WITH a AS (SELECT owner FROM accounts), b AS (SELECT owner AS o FROM a), c (x) AS (TABLE b) SELECT x FROM c",
    "WITH accounts AS (SELECT * FROM accounts) SELECT * FROM accounts",
    "WITH branches AS (SELECT * FROM accounts) SELECT b.owner FROM branches b",
    "WITH RECURSIVE r (n, t) AS (SELECT 1, max(owner) FROM accounts UNION ALL SELECT n + 1, t FROM r WHERE n < 3) SELECT t FROM r",
    "SELECT * FROM (WITH a AS (SELECT manager FROM branches) SELECT * FROM a) x",
    "WITH a AS (SELECT tenant FROM accounts UNION SELECT memo FROM payments) SELECT * FROM a",
    "WITH a AS (SELECT *, row_number() OVER (ORDER BY owner) AS n FROM accounts) SELECT owner FROM a WHERE n > 0",
  ],
  refused: {
    "42P01": [
      "WITH a AS (SELECT * FROM raw_accounts) SELECT * FROM a",
      "WITH raw_accounts AS (SELECT 1) SELECT * FROM main.raw_accounts",
    ],
    "25006": ["WITH a AS (INSERT INTO accounts (id) VALUES (9) RETURNING *) SELECT * FROM a"],
  },
});
