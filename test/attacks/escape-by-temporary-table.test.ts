// The attacker wants masked values and hidden rows by a copy of them in a table of their own.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a temporary table",
  attempts: [
    ["CREATE TEMP TABLE t AS SELECT * FROM accounts", "SELECT * FROM t"],
    ["CREATE TEMP TABLE t (o text, p int)", "INSERT INTO t SELECT owner, pin FROM accounts", "TABLE t"],
    ["SELECT owner INTO TEMP t FROM accounts", "SELECT max(owner) FROM t"],
    [
      "CREATE TEMP TABLE t AS SELECT id, phone FROM accounts",
      "SELECT t.phone, a.owner FROM t JOIN accounts a USING (id)",
    ],
    [
      "CREATE TEMP TABLE accounts AS SELECT * FROM accounts",
      "SELECT owner FROM accounts",
      "SELECT owner FROM public.accounts",
    ],
    ["CREATE TEMP TABLE t (o text DEFAULT 'x')", "INSERT INTO t SELECT manager FROM branches", "TABLE t"],
    [
      "CREATE TEMP TABLE t AS SELECT 0 AS id, '' AS o",
      "UPDATE t SET o = a.owner FROM accounts a RETURNING o",
      "INSERT INTO t SELECT id, owner FROM accounts",
      "TABLE t",
    ],
    ["CREATE TEMP TABLE t AS SELECT memo FROM payments", "COPY t TO STDOUT"],
  ],
  refused: {
    "25006": ["CREATE TABLE t AS SELECT owner FROM accounts"],
  },
});
