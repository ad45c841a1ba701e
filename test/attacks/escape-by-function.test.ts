// The attacker wants masked values and hidden rows by a function, an operator or an aggregate over what is masked.
import { attackByStatements } from "./attack-by-statements.ts";

attackByStatements({
  name: "escape by a function",
  attempts: [
    "SELECT concat(owner, phone), concat_ws('-', owner, email), format('%s', owner) FROM accounts",
    "SELECT string_agg(owner, ',' ORDER BY id), array_agg(phone) FROM accounts",
    "SELECT min(owner), max(owner), max(pin), max(balance), max(opened), bool_or(vip) FROM accounts",
    "SELECT first_value(owner) OVER (ORDER BY id DESC), lag(owner) OVER (ORDER BY id), nth_value(owner, 3) OVER () FROM accounts",
    "SELECT coalesce(owner, '?'), nullif(owner, ''), greatest(owner, ''), least(owner, 'zzz') FROM accounts",
    "SELECT left(owner, 5), right(phone, 12), substr(owner, 1), trim(owner), replace(owner, '-', '-') FROM accounts",
    "SELECT regexp_replace(owner, 'x', 'y'), split_part(owner || ',', ',', 1), lpad(owner, 20), initcap(owner) FROM accounts",
    "SELECT mode() WITHIN GROUP (ORDER BY owner) FROM accounts WHERE id = 3",
    "SELECT percentile_disc(1.0) WITHIN GROUP (ORDER BY pin) FROM accounts",
    "SELECT MEASURE(last_email), MEASURE(top_balance), MEASURE(total_balance) FROM accounts",
    "SELECT reverse(reverse(owner)), overlay(owner placing '' from 1 for 0) FROM accounts",
    "SELECT phone_copy, phone_end, owner_mail, manager FROM accounts",
    "SELECT string_agg(memo, ',') FILTER (WHERE ratio = 0), count(*) FROM payments",
    "SELECT translate(owner, '', ''), quote_literal(owner), quote_ident(owner) FROM accounts",
  ],
  refused: {
    "42883": ["SELECT query('select owner from raw_accounts')", "SELECT getvariable('x'), id FROM accounts"],
  },
});
