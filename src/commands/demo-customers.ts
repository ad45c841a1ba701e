// The demo bank's customers: who they are decides how they bank, so the draws build on one another.
import { textList } from "./demo-random.ts";

const maleNames = textList(
  "Aarav Arjun Rohan Vikram Rahul Amit Suresh Rajesh Sanjay Karthik Imran Anil Manoj Deepak Nikhil Harish Gaurav Faisal Joseph Gurpreet Subhash Pranav Kunal Devendra Ashok Tarun Mohit Yusuf Bharat Sachin".split(
    " ",
  ),
);
const femaleNames = textList(
  "Priya Ananya Kavita Sunita Neha Pooja Lakshmi Meera Divya Shalini Fatima Rekha Swati Nisha Aditi Harpreet Mary Sneha Ritu Geeta Ayesha Bhavna Kiran Radha Tanvi Usha Vidya Zoya Isha Jaya".split(
    " ",
  ),
);
const lastNames = textList(
  "Sharma Patel Singh Kumar Gupta Reddy Nair Iyer Khan Das Verma Joshi Mehta Rao Chatterjee Banerjee Desai Kulkarni Pillai Mishra Yadav Kaur Fernandes Shah Agarwal Bose Chauhan Menon Sheikh Tiwari Jain Naidu Gowda Thomas Dutta".split(
    " ",
  ),
);
const localities = textList([
  "Main",
  "MG Road",
  "Station Road",
  "Civil Lines",
  "Market Yard",
  "Industrial Area",
  "University",
  "Airport Road",
  "Lake View",
  "Ring Road",
  "Old Town",
  "Cantonment",
  "Tech Park",
  "Gandhi Nagar",
]);
const managers = textList(
  "A. Krishnan,R. Malhotra,S. Qureshi,N. D'Souza,P. Bhattacharya,V. Deshmukh,M. Oberoi,K. Subramaniam,T. Sethi,L. Pereira,G. Rathore,H. Kapadia".split(
    ",",
  ),
);

/** People and their places; ages are those of 2024-01-01. */
function peopleSql(customers: number): string {
  return `CREATE TEMP TABLE people AS
  SELECT n AS customer_id, p.*, gender,
    CASE gender WHEN 'Female' THEN pick(${femaleNames}, draw(n, 'first'), 1.3)
      ELSE pick(${maleNames}, draw(n, 'first'), 1.3) END AS first_name,
    pick(${lastNames}, draw(n, 'last'), 1.6) AS last_name,
    (18 + floor(66 * pow(draw(n, 'age'), 1.45)))::INTEGER AS age,
    1 + floor(p.branches * pow(draw(n, 'branch'), 1.5))::INTEGER AS branch_number,
    CASE WHEN draw(n, 'onboarded') < 0.86
      THEN DATE '2009-04-01' + (5000 * sqrt(draw(n, 'onboarded day')))::INTEGER
      ELSE DATE '2023-01-01' + (700 * draw(n, 'onboarded day'))::INTEGER END AS onboarding_date
  FROM (
    SELECT n, draw(n, 'place') AS place,
      CASE WHEN draw(n, 'gender') < 0.56 THEN 'Male' WHEN draw(n, 'gender') < 0.995 THEN 'Female' ELSE 'Other' END AS gender
    FROM range(1, ${customers} + 1) t(n)
  ) ASOF JOIN places p ON place >= p.share_from`;
}

/** Work and income. */
function worksSql(): string {
  return `CREATE TEMP TABLE works AS
  SELECT *,
    (base_income * exp(0.55 * bell(customer_id, 'income'))
      * CASE WHEN city IN ('Mumbai', 'New Delhi', 'Bengaluru', 'Gurugram') THEN 1.35 ELSE 1 END
      * CASE WHEN age BETWEEN 35 AND 58 THEN 1.3 ELSE 1 END / 100)::BIGINT * 100 AS income
  FROM (
    SELECT *, CASE occupation WHEN 'Business' THEN 1300000 WHEN 'Professional' THEN 1600000 WHEN 'Salaried' THEN 720000
        WHEN 'Self-employed' THEN 540000 WHEN 'Retired' THEN 380000 WHEN 'Farmer' THEN 260000
        WHEN 'Homemaker' THEN 140000 ELSE 70000 END AS base_income
    FROM (
      SELECT *, CASE
          WHEN age < 23 AND draw(customer_id, 'work') < 0.62 THEN 'Student'
          WHEN age >= 60 AND draw(customer_id, 'work') < 0.78 THEN 'Retired'
          WHEN gender = 'Female' AND draw(customer_id, 'work') < 0.2 THEN 'Homemaker'
          WHEN draw(customer_id, 'trade') < 0.52 THEN 'Salaried'
          WHEN draw(customer_id, 'trade') < 0.68 THEN 'Self-employed'
          WHEN draw(customer_id, 'trade') < 0.82 THEN 'Business'
          WHEN draw(customer_id, 'trade') < 0.92 THEN 'Professional'
          ELSE 'Farmer' END AS occupation
      FROM people
    )
  )`;
}

/** Everything but the balance, which follows from the transactions. */
function accountsSql(): string {
  return `CREATE TEMP TABLE accounts AS
  SELECT *,
    CASE WHEN occupation = 'Business' OR (occupation = 'Self-employed' AND draw(customer_id, 'account') < 0.4) THEN 'Current'
      WHEN occupation = 'Salaried' THEN 'Salary'
      WHEN draw(customer_id, 'account') < 0.04 THEN 'NRI' ELSE 'Savings' END AS account_type,
    CASE WHEN income >= 3000000 THEN 'HNI' WHEN income >= 1300000 THEN 'Affluent'
      WHEN age >= 60 THEN 'Senior' WHEN occupation = 'Student' THEN 'Student'
      WHEN income >= 600000 THEN 'Mass Affluent' ELSE 'Mass' END AS segment,
    CASE WHEN draw(customer_id, 'no score') < 0.12 OR occupation = 'Student' THEN NULL
      ELSE least(900, greatest(300, 715 + 70 * bell(customer_id, 'score')
        + CASE WHEN income > 1200000 THEN 35 ELSE 0 END))::INTEGER END AS credit_score,
    draw(customer_id, 'active') < CASE WHEN onboarding_date < DATE '2014-01-01' THEN 0.84 ELSE 0.95 END AS is_active,
    draw(customer_id, 'loan') < CASE WHEN age BETWEEN 25 AND 55 THEN 0.34 ELSE 0.07 END AS has_loan,
    draw(customer_id, 'card') < CASE WHEN income > 600000 THEN 0.58 ELSE 0.16 END AS has_credit_card
  FROM works`;
}

/** Temporary tables in the order in which they build on one another; the last is `accounts`. */
export function customerStepsSql(customers: number): readonly string[] {
  return [peopleSql(customers), worksSql(), accountsSql()];
}

/** The customers as they are kept; needs `accounts` and `balances` (customer_id, balance, last_at). */
export function customersSql(): string {
  return `CREATE TABLE customers AS
  SELECT customer_id, first_name, last_name, first_name || ' ' || last_name AS full_name, gender,
    DATE '2024-01-01' - (age * 365.25 + 365 * draw(customer_id, 'birthday'))::INTEGER AS date_of_birth,
    CASE WHEN draw(customer_id, 'email') < 0.04 THEN NULL ELSE lower(first_name || '.' || last_name) || customer_id || '@'
      || pick(['gmail.com', 'yahoo.co.in', 'outlook.com', 'rediffmail.com'], draw(customer_id, 'mail'), 1.8) END AS email,
    '+91' || (6000000000 + floor(4000000000 * draw(customer_id, 'phone')))::BIGINT AS phone,
    chr(65 + (26 * draw(customer_id, 'pan1'))::INTEGER % 26) || chr(65 + (26 * draw(customer_id, 'pan2'))::INTEGER % 26)
      || chr(65 + (26 * draw(customer_id, 'pan3'))::INTEGER % 26) || 'P' || left(last_name, 1)
      || lpad((customer_id * 7919 % 10000)::VARCHAR, 4, '0')
      || chr(65 + (26 * draw(customer_id, 'pan4'))::INTEGER % 26) AS pan,
    zone, state, city, pincode_start || lpad((branch_number * 7 % 100)::VARCHAR, 3, '0') AS pincode,
    CASE WHEN no_branch THEN NULL ELSE city || ' ' || ${localities}[1 + (branch_number - 1) % 14] END AS branch_name,
    CASE WHEN no_branch THEN NULL ELSE 'LWBK0' || lpad((place_number * 100 + branch_number)::VARCHAR, 6, '0') END AS branch_code,
    segment,
    CASE WHEN coalesce(credit_score, 640) + 60 * bell(customer_id, 'risk') < 600 THEN 'High'
      WHEN coalesce(credit_score, 640) + 60 * bell(customer_id, 'risk') < 690 THEN 'Medium' ELSE 'Low' END AS risk_band,
    CASE WHEN draw(customer_id, 'kyc') < 0.93 THEN 'Verified' WHEN draw(customer_id, 'kyc') < 0.97 THEN 'Pending'
      ELSE 'Expired' END AS kyc_status,
    CASE WHEN draw(customer_id, 'no work') < 0.02 THEN NULL ELSE occupation END AS occupation,
    CASE WHEN age < 26 AND draw(customer_id, 'married') < 0.85 THEN 'Single' WHEN draw(customer_id, 'married') < 0.8 THEN 'Married'
      WHEN draw(customer_id, 'married') < 0.9 THEN 'Single' WHEN age > 55 THEN 'Widowed' ELSE 'Divorced' END AS marital_status,
    income::DECIMAL(14,2) AS annual_income, credit_score, account_type,
    coalesce(balance, (income * 0.2 * draw(customer_id, 'idle balance'))::DECIMAL(14,2))::DECIMAL(14,2) AS account_balance,
    CASE WHEN has_loan THEN (income * (0.4 + 3 * draw(customer_id, 'loan size')))::DECIMAL(14,2) ELSE 0 END AS loan_balance,
    1 + has_loan::INTEGER + has_credit_card::INTEGER + (draw(customer_id, 'deposit') < 0.3)::INTEGER AS products_held,
    has_credit_card, has_loan, is_active,
    CASE WHEN draw(customer_id, 'preferred') < 0.05 THEN NULL WHEN age < 32 THEN pick(['UPI', 'Mobile Banking', 'Card'], draw(customer_id, 'channel'), 2.2)
      WHEN age < 55 THEN pick(['UPI', 'Mobile Banking', 'Net Banking', 'Card', 'ATM', 'Branch'], draw(customer_id, 'channel'), 1.7)
      ELSE pick(['Branch', 'ATM', 'UPI', 'Net Banking'], draw(customer_id, 'channel'), 1.4) END AS preferred_channel,
    CASE WHEN segment IN ('HNI', 'Affluent') THEN pick(${managers}, draw(customer_id, 'manager'), 1.2) END AS relationship_manager,
    draw(customer_id, 'nominee') < 0.71 AS nominee_registered,
    onboarding_date, last_at AS last_transaction_at
  FROM (SELECT *, draw(customer_id, 'no branch') < 0.03 AS no_branch FROM accounts)
  LEFT JOIN balances USING (customer_id)
  ORDER BY customer_id`;
}
