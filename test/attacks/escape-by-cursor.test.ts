// The attacker wants masked values and hidden rows by a cursor, which moves, is kept, and is read after what it was declared under.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a cursor",
  attempts: [
    ["BEGIN", "DECLARE c CURSOR FOR SELECT * FROM accounts", "FETCH ALL FROM c", "COMMIT"],
    [
      "BEGIN",
      "DECLARE c SCROLL CURSOR FOR SELECT owner FROM accounts",
      "FETCH LAST FROM c",
      "FETCH PRIOR FROM c",
      "FETCH ABSOLUTE 3 FROM c",
      "FETCH BACKWARD ALL FROM c",
      "COMMIT",
    ],
    [
      "BEGIN",
      "DECLARE c CURSOR WITH HOLD FOR SELECT owner, phone FROM accounts",
      "COMMIT",
      "FETCH ALL FROM c",
    ],
    ["BEGIN", "DECLARE c BINARY CURSOR FOR SELECT pin, owner FROM accounts", "FETCH ALL FROM c", "ROLLBACK"],
    [
      "BEGIN",
      "DECLARE c NO SCROLL CURSOR FOR SELECT memo FROM payments ORDER BY id",
      "MOVE 3 FROM c",
      "FETCH FORWARD ALL FROM c",
      "COMMIT",
    ],
    [
      "BEGIN",
      "DECLARE c CURSOR FOR WITH a AS (SELECT manager FROM branches) SELECT * FROM a",
      "FETCH 10 FROM c",
      "COMMIT",
    ],
  ],
  refused: {
    "42P01": [["BEGIN", "DECLARE c CURSOR FOR SELECT * FROM raw_accounts"]],
    "34000": [["BEGIN", "FETCH ALL FROM accounts"]],
  },
});
