// The attacker wants masked values and hidden rows by COPY, in every format, of tables and of queries.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by COPY",
  attempts: [
    "COPY accounts TO STDOUT",
    "COPY accounts (owner, phone, email) TO STDOUT (FORMAT csv, HEADER)",
    "COPY (SELECT * FROM accounts) TO STDOUT (FORMAT binary)",
    "COPY (SELECT pin, balance, opened FROM accounts) TO STDOUT (FORMAT csv, FORCE_QUOTE *)",
    "COPY (WITH a AS (SELECT owner FROM accounts) SELECT * FROM a) TO STDOUT (DELIMITER '|', NULL '')",
    "COPY (VALUES ((SELECT max(owner) FROM accounts))) TO STDOUT",
    "COPY branches TO STDOUT (FORMAT binary)",
    "COPY (SELECT memo FROM payments) TO STDOUT (ENCODING 'LATIN1')",
  ],
  refused: {
    "42501": [
      "COPY accounts TO '/tmp/lenswire-attack'",
      "COPY (SELECT 1) TO PROGRAM 'id'",
      "COPY accounts FROM PROGRAM 'id'",
    ],
    "42P01": ["COPY raw_accounts TO STDOUT", "COPY (SELECT * FROM raw_accounts) TO STDOUT"],
  },
});
