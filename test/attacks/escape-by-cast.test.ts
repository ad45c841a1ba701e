// The attacker wants masked values and hidden rows by a cast that carries a value past its mask, or a type that no mask knows.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a cast",
  attempts: [
    "SELECT owner::varchar(3)::text || owner::varchar FROM accounts",
    "SELECT encode(convert_to(owner, 'UTF8'), 'base64') FROM accounts",
    "SELECT balance::text, pin::text, opened::text, vip::text FROM accounts",
    "SELECT pin::int8::int4, pin::numeric::int4 FROM accounts",
    "SELECT opened::timestamp::date::text FROM accounts",
    "SELECT budget::bigint, manager::bpchar FROM branches",
    'SELECT (owner COLLATE "C")::text FROM accounts',
    "SELECT pin::int4, pin::int8::int4 FROM accounts",
  ],
  refused: {
    "0A000": [
      "SELECT CAST(owner AS bytea) FROM accounts",
      "SELECT encode(owner::bytea, 'hex') FROM accounts",
      "SELECT ARRAY[owner, phone]::text FROM accounts",
      "SELECT accounts::text FROM accounts",
      "SELECT 'accounts'::regclass::text, accounts::record::text FROM accounts",
    ],
  },
});
