// The attacker wants masked values and hidden rows by reading them in a sub-query of any kind and place.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a sub-query",
  attempts: [
    "SELECT * FROM (SELECT * FROM accounts) a",
    "SELECT (SELECT max(owner) FROM accounts)",
    "SELECT (SELECT owner FROM accounts WHERE id = 3)",
    "SELECT ARRAY(SELECT owner FROM accounts)",
    "SELECT id, (SELECT manager FROM branches b WHERE b.id = a.branch_id) FROM accounts a",
    "SELECT owner FROM accounts WHERE id IN (SELECT account_id FROM payments)",
    "SELECT owner FROM accounts WHERE owner = ANY (SELECT owner FROM accounts)",
    "SELECT owner FROM accounts a WHERE EXISTS (SELECT 1 FROM accounts b WHERE b.owner = a.owner)",
    "SELECT owner FROM accounts ORDER BY (SELECT count(*) FROM branches), id",
    "SELECT string_agg(memo, ',') FROM payments GROUP BY (SELECT 1) HAVING max(amount) > (SELECT min(amount) FROM payments)",
    "SELECT * FROM accounts UNION ALL SELECT * FROM accounts",
    "SELECT owner FROM accounts EXCEPT SELECT city FROM branches",
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM payments) THEN (SELECT max(owner) FROM accounts) END",
    "SELECT COALESCE((SELECT max(budget) FROM branches), 0), (SELECT max(memo) FROM payments)",
    "VALUES ((SELECT max(owner) FROM accounts))",
    "SELECT x.* FROM accounts a JOIN (SELECT id, phone, owner FROM accounts) x ON x.id = a.id",
  ],
});
