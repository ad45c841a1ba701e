// The attacker wants masked values and hidden rows by a lateral item that reads them for each row of something else.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by LATERAL",
  attempts: [
    "SELECT x.owner FROM branches b, LATERAL (SELECT owner FROM accounts a WHERE a.branch_id = b.id) x",
    "SELECT x.o FROM branches b CROSS JOIN LATERAL (SELECT max(owner) AS o FROM accounts a WHERE a.branch_id = b.id) x",
    "SELECT x.manager FROM accounts a LEFT JOIN LATERAL (SELECT manager FROM branches b WHERE b.id = a.branch_id) x ON true",
    "SELECT x.m FROM (VALUES (1), (2)) v (k), LATERAL (SELECT string_agg(memo, ',') AS m FROM payments WHERE id > v.k) x",
    "SELECT t FROM accounts a, LATERAL (VALUES (a.owner), (a.phone)) v (t)",
    "SELECT u FROM accounts a, LATERAL unnest(ARRAY[a.owner, a.email, a.phone]) u",
    "SELECT w FROM accounts a, LATERAL (SELECT a.owner || '' AS w) x",
    "SELECT g, x.owner FROM generate_series(1, 3) g, LATERAL (SELECT owner FROM accounts WHERE id = g) x",
  ],
});
