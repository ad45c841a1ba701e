-- 40 customers, 200 orders, 500 items, spread by remainders, so that every run has the same.
CREATE SCHEMA members;
CREATE TABLE members.regions AS
  SELECT CAST(i AS INTEGER) AS id, 'region ' || CAST(i AS VARCHAR(9)) AS region FROM generate_series(1, 6) AS r(i);
CREATE TABLE members.customers AS
  SELECT CAST(i AS INTEGER) AS id, 'customer ' || lpad(CAST(i AS VARCHAR(9)), 2, '0') AS name,
    CASE WHEN i % 7 = 0 THEN NULL WHEN i % 3 = 0 THEN 'N' WHEN i % 3 = 1 THEN 'S' ELSE 'E' END AS zone,
    CASE WHEN i % 9 <> 0 THEN CAST(1 + i % 5 AS INTEGER) END AS region_id,
    'c' || CAST(i AS VARCHAR(9)) || '@mail' || CAST(i % 4 AS VARCHAR(9)) || '.org' AS email
  FROM generate_series(1, 40) AS r(i);
CREATE TABLE members.orders AS
  SELECT CAST(i AS INTEGER) AS id,
    CASE WHEN i % 23 <> 0 THEN CAST(1 + (i * i + 3 * i) % 37 AS INTEGER) END AS customer_id,
    CASE (i * i + i) % 11 % 3 WHEN 0 THEN 'done' WHEN 1 THEN 'open' ELSE 'lost' END AS status,
    CAST(0.5 * ((i * 37) % 400) AS DECIMAL(10, 2)) AS amount,
    TIMESTAMP '2024-01-01' + INTERVAL '1' HOUR * CAST(i * 41 AS INTEGER) AS ordered_at,
    CAST(i % 11 AS INTEGER) AS secret
  FROM generate_series(1, 200) AS r(i);
CREATE TABLE members.items AS
  SELECT CAST(i AS INTEGER) AS id, CASE WHEN i % 31 <> 0 THEN CAST(1 + (i * 13) % 170 AS INTEGER) END AS order_id,
    'product ' || CAST(i % 5 AS VARCHAR(9)) AS product, CAST(i % 4 AS INTEGER) AS quantity
  FROM generate_series(1, 500) AS r(i);
CREATE TABLE members.tickets AS
  SELECT CAST(i AS INTEGER) AS id, CAST(1 + (i * i) % 29 AS INTEGER) AS customer_id, CASE i % 2 WHEN 0 THEN 'late' ELSE 'lost' END AS topic
  FROM generate_series(1, 30) AS r(i);
CREATE TABLE members.visits AS
  SELECT CAST(1 + (i * 5) % 17 AS INTEGER) AS customer_id, CAST(i % 6 AS INTEGER) AS pages
  FROM generate_series(1, 50) AS r(i);
