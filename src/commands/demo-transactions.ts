// The demo bank's transactions over two years: few customers make most of them, salaries come at the turn of the
// month, people spend in the festival months and on weekends, and the young do not go to the branch.
import { textList } from "./demo-random.ts";

const demoFirstDay = "2023-01-01";
/** 2023-01-01 to 2024-12-31. */
const daysTotal = 731;

/** Slots of the table from which days are drawn; each day has as many as its weight asks for. */
const daySlots = 65_536;

/** Seeds of one customer's transactions lie this far from the next one's; more than one customer can have. */
const seedsPerCustomer = 100_000_000;

/** How busy each day is, in thousandths. */
function daysSql(): string {
  return `CREATE TEMP TABLE days AS
  SELECT list(day ORDER BY day, slot) AS day_of_slot FROM (
    SELECT day, unnest(range((slots_to - slots_from)::BIGINT)) AS slot FROM (
      SELECT day, (${daySlots} * sum(weight) OVER (ORDER BY day)) // sum(weight) OVER () AS slots_to,
        (${daySlots} * (sum(weight) OVER (ORDER BY day) - weight)) // sum(weight) OVER () AS slots_from
      FROM (
        SELECT day, (1000 + day
          + CASE WHEN day(date) <= 3 THEN 450 WHEN day(date) BETWEEN 4 AND 7 THEN 250 WHEN day(date) >= 28 THEN 200 ELSE 0 END
          + CASE isodow(date) WHEN 6 THEN 280 WHEN 7 THEN 120 WHEN 5 THEN 120 ELSE 0 END
          + CASE month(date) WHEN 10 THEN 380 WHEN 11 THEN 420 WHEN 12 THEN 180 WHEN 3 THEN 150 WHEN 8 THEN 120 ELSE 0 END
          + CASE WHEN date BETWEEN DATE '2023-11-05' AND DATE '2023-11-14'
              OR date BETWEEN DATE '2024-10-24' AND DATE '2024-11-02' THEN 900 ELSE 0 END
          )::BIGINT AS weight
        FROM (SELECT day, DATE '${demoFirstDay}' + day::INTEGER AS date FROM range(${daysTotal}) t(day))
      )
    )
  )`;
}

/** How many transactions each customer makes: a long tail, and some make none. Adds up to the rows asked for. */
function activitySql(rows: number): string {
  return `CREATE TEMP TABLE activity AS
  SELECT *, ((upto * ${rows}) // total - ((upto - weight) * ${rows}) // total)::BIGINT AS made
  FROM (
    SELECT *, sum(weight) OVER (ORDER BY customer_id) AS upto, sum(weight) OVER () AS total
    FROM (
      SELECT *, CASE WHEN draw(customer_id, 'silent') < 0.06 THEN 0
          ELSE (1e9 * CASE WHEN is_active THEN 1 ELSE 0.12 END * CASE WHEN account_type = 'Current' THEN 1.8 ELSE 1 END
            * CASE WHEN onboarding_date < DATE '2023-01-01' THEN 1 ELSE 0.5 END
            / pow(20 + row_number() OVER (ORDER BY mixed(customer_id, 'rank'), customer_id), 0.8))::BIGINT END AS weight
      FROM accounts
    )
  )`;
}

/** One row for each transaction: what kind it is and the day it falls on. */
function drawnSql(): string {
  return `CREATE TEMP TABLE drawn AS
  SELECT customer_id, zone, seed, age, income, account_type, kind, u_channel,
    CASE kind WHEN 'Salary' THEN date_diff('day', DATE '${demoFirstDay}', DATE '${demoFirstDay}' + to_months(k::INTEGER)) + whole(seed, 'payday', 3)
      WHEN 'Loan instalment' THEN date_diff('day', DATE '${demoFirstDay}', DATE '${demoFirstDay}' + to_months((k - 24)::INTEGER)) + 4
      ELSE first_day + day_of_slot[1 + whole(seed, 'day', ${daySlots})] * (${daysTotal} - first_day) // ${daysTotal}
      END::INTEGER AS day
  FROM (
    SELECT *, CASE WHEN account_type = 'Salary' AND regular AND k < 24 THEN 'Salary'
        WHEN has_loan AND regular AND k BETWEEN 24 AND 47 THEN 'Loan instalment'
        WHEN draw(seed, 'kind') < CASE account_type WHEN 'Current' THEN 0.44 WHEN 'Salary' THEN 0.14 ELSE 0.27 END THEN 'Credit'
        ELSE 'Debit' END AS kind,
      draw(seed, 'channel') AS u_channel
    FROM (
      SELECT *, customer_id * ${seedsPerCustomer} + k AS seed, made >= 60 AND first_day = 0 AS regular
      FROM (
        SELECT customer_id, zone, age, income, account_type, has_loan, made, unnest(range(made)) AS k,
          greatest(0, date_diff('day', DATE '${demoFirstDay}', onboarding_date)) AS first_day
        FROM activity
      )
    )
  ), days`;
}

const spending = textList([
  "Groceries",
  "Dining",
  "Shopping",
  "Fuel",
  "Utilities",
  "Travel",
  "Healthcare",
  "Entertainment",
  "Education",
  "Insurance",
]);

/** Channel and category; the time of day depends on the channel. */
function placedSql(): string {
  return `CREATE TEMP TABLE placed AS
  SELECT *, DATE '${demoFirstDay}' + (day + CASE WHEN channel = 'Branch' AND isodow(DATE '${demoFirstDay}' + day) = 7
      THEN 1 ELSE 0 END)::INTEGER AS date,
    CASE channel WHEN 'Branch' THEN 36000 + (21600 * draw(seed, 'time'))::BIGINT
      WHEN 'NEFT' THEN 28800 + (36000 * draw(seed, 'time'))::BIGINT
      WHEN 'ATM' THEN 21600 + (61200 * draw(seed, 'time'))::BIGINT
      ELSE (25200 + 57600 * (draw(seed, 'time') + draw(seed, 'later')) / 2 + 3600 * (draw(seed, 'evening') < 0.4)::INTEGER)::BIGINT
      END AS second,
    CASE WHEN kind <> 'Debit' OR channel IN ('ATM', 'Branch', 'NEFT') THEN NULL
      WHEN month(DATE '${demoFirstDay}' + day) IN (10, 11) AND draw(seed, 'festival') < 0.24
        THEN pick(['Shopping', 'Jewellery', 'Travel'], draw(seed, 'festive'), 1.6)
      WHEN draw(seed, 'jewellery') < 0.012 THEN 'Jewellery'
      ELSE pick(${spending}, draw(seed, 'category'), 1.45) END AS merchant_category
  FROM (
    SELECT *, CASE
        WHEN kind IN ('Salary', 'Loan instalment') THEN 'NEFT'
        WHEN kind = 'Credit' AND age >= 55 AND u_channel < 0.4 THEN 'Branch'
        WHEN kind = 'Credit' THEN CASE WHEN u_channel < 0.62 THEN 'UPI' WHEN u_channel < 0.86 THEN 'NEFT'
          WHEN u_channel < 0.95 THEN 'Mobile Banking' ELSE 'Net Banking' END
        WHEN age < 30 THEN CASE WHEN u_channel < 0.64 THEN 'UPI' WHEN u_channel < 0.78 THEN 'Mobile Banking'
          WHEN u_channel < 0.90 THEN 'Card' WHEN u_channel < 0.96 THEN 'ATM' WHEN u_channel < 0.99 THEN 'Net Banking' ELSE 'Branch' END
        WHEN age < 55 THEN CASE WHEN u_channel < 0.47 THEN 'UPI' WHEN u_channel < 0.60 THEN 'Mobile Banking'
          WHEN u_channel < 0.77 THEN 'Card' WHEN u_channel < 0.87 THEN 'ATM' WHEN u_channel < 0.94 THEN 'Net Banking'
          WHEN u_channel < 0.97 THEN 'NEFT' ELSE 'Branch' END
        ELSE CASE WHEN u_channel < 0.21 THEN 'UPI' WHEN u_channel < 0.28 THEN 'Mobile Banking' WHEN u_channel < 0.37 THEN 'Card'
          WHEN u_channel < 0.65 THEN 'ATM' WHEN u_channel < 0.73 THEN 'Net Banking' WHEN u_channel < 0.79 THEN 'NEFT' ELSE 'Branch' END
        END AS channel
    FROM drawn
  )`;
}

/** Amount and what became of it. Amounts follow the income, loosely. */
function pricedSql(): string {
  return `CREATE TEMP TABLE priced AS
  SELECT *, CASE
      WHEN kind = 'Salary' THEN rupees(round(income * 0.82 / 12))
      WHEN kind = 'Loan instalment' THEN rupees(round(income * (0.012 + 0.016 * draw(customer_id, 'instalment'))))
      WHEN channel = 'ATM' THEN rupees(500 * ceil(20 * pow(draw(seed, 'cash'), 2.2)))
      WHEN channel = 'UPI' AND draw(seed, 'whole') < 0.55 THEN rupees(round(size))
      ELSE rupees(size) END AS amount,
    CASE WHEN kind IN ('Salary', 'Loan instalment') THEN 'Success'
      WHEN draw(seed, 'status') < CASE channel WHEN 'UPI' THEN 0.031 WHEN 'Card' THEN 0.022 ELSE 0.009 END THEN 'Failed'
      WHEN draw(seed, 'status') < 0.041 THEN 'Reversed'
      WHEN day > 728 AND draw(seed, 'status') < 0.1 THEN 'Pending' ELSE 'Success' END AS status,
    draw(seed, 'abroad') < CASE WHEN account_type = 'NRI' THEN 0.2 WHEN channel IN ('Card', 'Net Banking') THEN 0.03 ELSE 0 END AS is_international
  FROM (
    SELECT *, sqrt(income / 600000.0) * exp(0.9 * bell(seed, 'size')) * CASE
        WHEN kind = 'Credit' THEN CASE account_type WHEN 'Current' THEN 5200 ELSE 2600 END
        WHEN channel = 'Branch' THEN 6500 WHEN channel = 'NEFT' THEN 11000
        ELSE CASE merchant_category WHEN 'Jewellery' THEN 18000 WHEN 'Travel' THEN 4200 WHEN 'Insurance' THEN 3600
          WHEN 'Education' THEN 5200 WHEN 'Shopping' THEN 1500 WHEN 'Healthcare' THEN 1300 WHEN 'Utilities' THEN 900
          WHEN 'Fuel' THEN 850 WHEN 'Entertainment' THEN 450 WHEN 'Dining' THEN 420 ELSE 560 END END AS size
    FROM placed
  )`;
}

/** What a successful transaction does to the balance; the opening balance is such that nobody is ever overdrawn. */
const effect =
  "CASE WHEN status <> 'Success' THEN 0 WHEN kind IN ('Salary', 'Credit') THEN amount ELSE -amount END";

function keptSql(): string {
  return `CREATE TABLE transactions AS
  SELECT row_number() OVER (ORDER BY ts, customer_id, seed) AS transaction_id, customer_id, zone AS customer_zone, ts, channel,
    CASE WHEN kind IN ('Salary', 'Credit') THEN 'credit' ELSE 'debit' END AS type, kind AS purpose, amount,
    CASE WHEN is_international THEN pick(['USD', 'AED', 'EUR', 'GBP', 'SGD'], draw(seed, 'currency'), 1.5) ELSE 'INR' END AS currency,
    is_international, merchant_category,
    CASE WHEN merchant_category IS NOT NULL THEN merchant_category || ' Merchant ' || (1 + floor(180 * pow(draw(seed, 'merchant'), 2)))::INTEGER END AS merchant_name,
    status,
    CASE WHEN status = 'Failed' THEN pick(['Insufficient funds', 'Timeout', 'Wrong PIN', 'Limit exceeded', 'Beneficiary bank down'], draw(seed, 'failure'), 1.4) END AS failure_reason,
    (opening + running)::DECIMAL(14,2) AS balance_after,
    CASE WHEN channel = 'NEFT' AND kind = 'Debit' THEN 5.00 WHEN is_international THEN (amount * 0.02)::DECIMAL(10,2) WHEN channel = 'ATM' AND draw(seed, 'fee') < 0.1 THEN 21.00
      ELSE 0 END::DECIMAL(10,2) AS fee,
    CASE channel WHEN 'UPI' THEN 'Mobile' WHEN 'Mobile Banking' THEN 'Mobile' WHEN 'Net Banking' THEN pick(['Desktop', 'Tablet', 'Mobile'], draw(seed, 'device'), 1.5) END AS device,
    kind IN ('Salary', 'Loan instalment') OR (merchant_category IN ('Utilities', 'Insurance') AND draw(seed, 'recurring') < 0.6) AS is_recurring,
    round(pow(draw(seed, 'fraud'), 6) * CASE WHEN is_international THEN 1 ELSE 0.7 END, 4) AS fraud_score,
    'LW' || strftime(ts, '%y%m%d') || lpad(whole(seed, 'reference', 1000000000)::VARCHAR, 9, '0') AS reference_number
  FROM (
    SELECT *, running_min, greatest(500, -running_min) + (income * 0.15 * draw(customer_id, 'opening'))::DECIMAL(14,2) AS opening
    FROM (
      SELECT *, min(running) OVER (PARTITION BY customer_id) AS running_min
      FROM (
        SELECT *, sum(${effect}) OVER (PARTITION BY customer_id ORDER BY ts, seed ROWS UNBOUNDED PRECEDING) AS running
        FROM (SELECT *, date::TIMESTAMP + to_seconds(second) AS ts FROM priced)
      )
    )
  )
  ORDER BY transaction_id`;
}

/** What the customers' balances are after their last transaction. */
const balancesSql = `CREATE TEMP TABLE balances AS
  SELECT customer_id, arg_max(balance_after, transaction_id) AS balance, max(ts) AS last_at
  FROM transactions GROUP BY customer_id`;

/** In order; needs `accounts`, leaves `transactions` and `balances`. */
export function transactionStepsSql(rows: number): readonly string[] {
  return [daysSql(), activitySql(rows), drawnSql(), placedSql(), pricedSql(), keptSql(), balancesSql];
}
