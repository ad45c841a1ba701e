-- The raw tables behind the lens "retail", the same on DuckDB and on PostgreSQL: only what both understand alike.
-- Numbers come from remainders of products with primes, so they look shuffled and never change.
CREATE SCHEMA retail;

CREATE TABLE retail.regions (region_id INTEGER, name TEXT, "Country Code" TEXT);
INSERT INTO retail.regions VALUES
  (1, 'Nord', 'DE'), (2, 'Süd', 'DE'), (3, 'Île-de-France', 'FR'), (4, 'Côte d''Azur', 'FR'), (5, '東京', 'JP'), (6, 'Nowhere', NULL);

CREATE TABLE retail.stores (
  store_id INTEGER, region_id INTEGER, name TEXT, opened DATE, area NUMERIC(8,1), is_open BOOLEAN, details JSON);
INSERT INTO retail.stores
SELECT i,
  CASE WHEN i % 7 = 0 THEN NULL ELSE i % 5 + 1 END,
  CASE i WHEN 1 THEN 'O''Hara "Main"' WHEN 2 THEN 'Größe 2' WHEN 3 THEN 'a%b_c\d' ELSE 'Store ' || CAST(i AS VARCHAR) END,
  CASE WHEN i = 24 THEN NULL ELSE DATE '2015-03-01' + CAST(i * 97 AS INTEGER) END,
  CAST(120 + i * 37 % 400 + i % 10 * 0.1 AS NUMERIC(8,1)),
  CASE WHEN i % 9 = 0 THEN NULL ELSE i % 6 <> 0 END,
  CASE WHEN i % 8 = 0 THEN NULL ELSE CAST('{"floors": ' || CAST(i % 3 + 1 AS VARCHAR) || ', "tags": ["t' || CAST(i % 4 AS VARCHAR) || '"]}' AS JSON) END
FROM generate_series(1, 24) AS g(i);

-- A hierarchy in one table: departments have no parent.
CREATE TABLE retail.categories (category_id INTEGER, parent_id INTEGER, title TEXT);
INSERT INTO retail.categories VALUES
  (1, NULL, 'Food'), (2, NULL, 'Home'), (3, NULL, 'Media'),
  (11, 1, 'Bread'), (12, 1, 'Cheese'), (13, 1, 'Œufs'), (21, 2, 'Lamps'), (22, 2, 'Chairs'), (31, 3, 'Books'), (32, 3, 'Music'),
  (33, 3, 'Films'), (99, 77, 'Orphans');

CREATE TABLE retail.products (
  sku TEXT, category_id INTEGER, "Product Name" TEXT, list_price NUMERIC(10,2), weight DOUBLE PRECISION, launched DATE,
  discontinued BOOLEAN, barcode BIGINT);
INSERT INTO retail.products
SELECT 'SKU-' || lpad(CAST(i AS VARCHAR), 3, '0'),
  CASE i % 10 WHEN 0 THEN 11 WHEN 1 THEN 12 WHEN 2 THEN 13 WHEN 3 THEN 21 WHEN 4 THEN 22 WHEN 5 THEN 31 WHEN 6 THEN 32 WHEN 7 THEN 33
    WHEN 8 THEN 99 ELSE NULL END,
  CASE WHEN i % 13 = 0 THEN NULL WHEN i % 11 = 0 THEN '' ELSE 'Article "' || CAST(i AS VARCHAR) || '" – é' END,
  CAST(i * 7919 % 9973 / 100.0 AS NUMERIC(10,2)),
  CASE WHEN i % 17 = 0 THEN NULL ELSE i * 13 % 50 / 8.0 END,
  DATE '2019-01-31' + CAST(i * 11 AS INTEGER),
  CASE WHEN i % 5 = 0 THEN NULL ELSE i % 4 = 0 END,
  4000000000000 + i * 1234567
FROM generate_series(1, 120) AS g(i);

CREATE TABLE retail.customers (
  customer_id BIGINT, name TEXT, email TEXT, segment TEXT, region_id INTEGER, born DATE, joined_at TIMESTAMPTZ,
  credit_limit NUMERIC(12,2), points INTEGER, wants_mail BOOLEAN, referred_by BIGINT);
INSERT INTO retail.customers
SELECT i,
  CASE WHEN i % 41 = 0 THEN 'Zoë ' ELSE 'Customer ' END || CAST(i AS VARCHAR),
  CASE WHEN i % 6 = 0 THEN NULL ELSE 'c' || CAST(i AS VARCHAR) || '@mail' || CAST(i % 3 AS VARCHAR) || '.example' END,
  CASE i % 4 WHEN 0 THEN 'Consumer' WHEN 1 THEN 'Corporate' WHEN 2 THEN 'Home Office' ELSE NULL END,
  CASE WHEN i % 10 = 0 THEN NULL ELSE i % 5 + 1 END,
  CASE WHEN i % 29 = 0 THEN NULL ELSE DATE '1950-02-28' + CAST(i * 53 % 20000 AS INTEGER) END,
  CAST(CAST(DATE '2022-10-25' + CAST(i * 17 % 700 AS INTEGER) AS VARCHAR) || ' 0' || CAST(i % 10 AS VARCHAR) || ':30:00+00' AS TIMESTAMPTZ),
  CASE WHEN i % 8 = 0 THEN NULL ELSE CAST(i * 104729 % 100003 / 10.0 AS NUMERIC(12,2)) END,
  i * 31 % 500 - 20,
  CASE WHEN i % 3 = 0 THEN NULL ELSE i % 2 = 0 END,
  CASE WHEN i % 5 = 0 AND i > 10 THEN i - 7 ELSE NULL END
FROM generate_series(1, 400) AS g(i);

CREATE TABLE retail.employees (
  employee_id INTEGER, manager_id INTEGER, store_id INTEGER, name TEXT, hired DATE, salary NUMERIC(10,2));
INSERT INTO retail.employees
SELECT i,
  CASE WHEN i = 1 THEN NULL WHEN i <= 6 THEN 1 ELSE i % 5 + 2 END,
  CASE WHEN i <= 6 THEN NULL ELSE i % 23 + 1 END,
  'Employee ' || CAST(i AS VARCHAR),
  DATE '2016-02-29' + CAST(i * 41 AS INTEGER),
  CAST(2000 + i * 7907 % 3001 + 0.5 AS NUMERIC(10,2))
FROM generate_series(1, 60) AS g(i);

CREATE TABLE retail.orders (
  order_id BIGINT, customer_id BIGINT, store_id INTEGER, employee_id INTEGER, ordered_at TIMESTAMP, currency TEXT, "Status" TEXT,
  channel TEXT, shipping NUMERIC(8,2), reference UUID);
INSERT INTO retail.orders
SELECT i,
  CASE WHEN i % 9 = 0 THEN NULL ELSE i * 271 % 347 + 1 END,
  CASE WHEN i % 4 = 0 THEN NULL ELSE i * 17 % 20 + 1 END,
  CASE WHEN i % 4 = 0 THEN NULL ELSE i * 13 % 60 + 1 END,
  TIMESTAMP '2023-01-01 00:00:00' + CAST(i * 349 AS INTEGER) * INTERVAL '1 minute' + CAST(i % 60 AS INTEGER) * INTERVAL '1 second',
  CASE i % 5 WHEN 0 THEN 'USD' WHEN 1 THEN 'JPY' WHEN 2 THEN NULL ELSE 'EUR' END,
  CASE i % 11 WHEN 0 THEN 'cancelled' WHEN 1 THEN 'open' WHEN 2 THEN 'open' ELSE 'done' END,
  CASE WHEN i % 4 = 0 THEN 'web' WHEN i % 4 = 1 THEN 'phone' ELSE 'store' END,
  CASE WHEN i % 6 = 0 THEN NULL ELSE CAST(i * 37 % 1500 / 100.0 AS NUMERIC(8,2)) END,
  CAST('00000000-0000-4000-8000-' || lpad(CAST(i AS VARCHAR), 12, '0') AS UUID)
FROM generate_series(1, 3000) AS g(i);

-- The key is of two columns. One order in eight has no items.
CREATE TABLE retail.order_items (
  order_id BIGINT, line_no INTEGER, sku TEXT, quantity INTEGER, unit_price NUMERIC(10,2), discount NUMERIC(4,3));
INSERT INTO retail.order_items
SELECT o.i, l.k,
  CASE WHEN (o.i + l.k) % 97 = 0 THEN NULL ELSE 'SKU-' || lpad(CAST((o.i * 7 + l.k * 31) % 115 + 1 AS VARCHAR), 3, '0') END,
  (o.i + l.k) % 9 + 1,
  CAST((o.i * 733 + l.k * 419) % 9973 / 100.0 AS NUMERIC(10,2)),
  CASE WHEN (o.i + l.k) % 3 = 0 THEN CAST((o.i + l.k) % 20 / 40.0 AS NUMERIC(4,3)) ELSE NULL END
FROM generate_series(1, 3000) AS o(i) CROSS JOIN generate_series(1, 4) AS l(k)
WHERE o.i % 8 <> 0 AND l.k <= o.i % 4 + 1;

CREATE TABLE retail.returns (return_id INTEGER, order_id BIGINT, line_no INTEGER, returned_on DATE, quantity INTEGER, reason TEXT);
INSERT INTO retail.returns
SELECT CAST(i.order_id * 4 + i.line_no + k.n * 100000 AS INTEGER), i.order_id, i.line_no,
  CAST(o.ordered_at AS DATE) + CAST(i.order_id % 40 AS INTEGER), 1,
  CASE i.order_id % 4 WHEN 0 THEN 'broken' WHEN 1 THEN 'late' WHEN 2 THEN 'it''s "wrong"' ELSE NULL END
FROM retail.order_items i JOIN retail.orders o ON o.order_id = i.order_id CROSS JOIN generate_series(1, 2) AS k(n)
WHERE (i.order_id * 4 + i.line_no) % 13 = 0 AND i.quantity >= k.n
UNION ALL
SELECT 900001, NULL, NULL, DATE '2024-02-29', 3, 'no order';

CREATE TABLE retail.web_sessions (
  session_id UUID, customer_id BIGINT, started_at TIMESTAMPTZ, seconds INTEGER, pages INTEGER, device TEXT, converted BOOLEAN);
INSERT INTO retail.web_sessions
SELECT CAST('10000000-0000-4000-8000-' || lpad(CAST(i AS VARCHAR), 12, '0') AS UUID),
  CASE WHEN i % 3 = 0 THEN NULL ELSE i * 53 % 379 + 1 END,
  CAST(CAST(TIMESTAMP '2023-03-25 22:00:00' + CAST(i * 397 AS INTEGER) * INTERVAL '1 minute' AS VARCHAR) || '+00' AS TIMESTAMPTZ),
  i * 61 % 1800,
  i * 7 % 12 + 1,
  CASE (i * 31 % 97) % 4 WHEN 0 THEN 'desktop' WHEN 1 THEN 'phone' WHEN 2 THEN 'tablet' ELSE NULL END,
  CASE WHEN i % 10 = 0 THEN NULL ELSE i % 5 = 1 END
FROM generate_series(1, 2500) AS g(i);

CREATE TABLE retail.calendar (day DATE, is_holiday BOOLEAN, holiday TEXT);
INSERT INTO retail.calendar
SELECT DATE '2023-01-01' + CAST(i AS INTEGER), i % 31 = 0, CASE WHEN i % 31 = 0 THEN 'Holiday ' || CAST(i % 4 AS VARCHAR) ELSE NULL END
FROM generate_series(0, 730) AS g(i);

-- A snapshot of each month: its quantities add up over products and stores, not over days.
CREATE TABLE retail.inventory (store_id INTEGER, sku TEXT, counted_on DATE, on_hand INTEGER, unit_cost NUMERIC(10,4));
INSERT INTO retail.inventory
SELECT s.i, 'SKU-' || lpad(CAST(p.i AS VARCHAR), 3, '0'), CAST(DATE '2023-01-31' + CAST(m.i * 31 AS INTEGER) AS DATE),
  CASE WHEN (s.i + p.i + m.i) % 10 = 0 THEN NULL ELSE (s.i * 17 + p.i * 5 + m.i * 3) % 60 END,
  CAST((p.i * 7919 % 9973) / 200.0 AS NUMERIC(10,4))
FROM generate_series(1, 12) AS s(i) CROSS JOIN generate_series(1, 30) AS p(i) CROSS JOIN generate_series(0, 5) AS m(i)
WHERE (s.i + p.i) % 3 <> 0;

CREATE TABLE retail.exchange_rates (currency TEXT, valid_month DATE, rate NUMERIC(12,6));
INSERT INTO retail.exchange_rates
SELECT c.name, CAST(DATE '2023-01-01' + m.i * INTERVAL '1 month' AS DATE), CAST(c.base + m.i * 0.001250 AS NUMERIC(12,6))
FROM (VALUES ('USD', 0.92), ('JPY', 0.0061), ('EUR', 1.0)) AS c(name, base) CROSS JOIN generate_series(0, 23) AS m(i)
WHERE NOT (c.name = 'JPY' AND m.i = 5);

CREATE TABLE retail.promotions (promo_id INTEGER, title TEXT, starts DATE, ends DATE, percent NUMERIC(5,2));
INSERT INTO retail.promotions
SELECT i, 'Promo ' || CAST(i AS VARCHAR), DATE '2023-01-15' + CAST(i * 45 AS INTEGER), CASE WHEN i % 5 = 0 THEN NULL ELSE DATE '2023-01-15' + CAST(i * 45 AS INTEGER) + 30 END,
  CAST(i * 2.5 AS NUMERIC(5,2))
FROM generate_series(1, 12) AS g(i);

-- Many products are in many promotions: a table of pairs.
CREATE TABLE retail.promotion_products (promo_id INTEGER, sku TEXT);
INSERT INTO retail.promotion_products
SELECT p.i, 'SKU-' || lpad(CAST(s.i AS VARCHAR), 3, '0')
FROM generate_series(1, 11) AS p(i) CROSS JOIN generate_series(1, 120) AS s(i)
WHERE (p.i * 7 + s.i * 3) % 8 = 0;

CREATE TABLE retail."Targets" ("Region" INTEGER, "Month" DATE, "Target Amount" NUMERIC(14,2));
INSERT INTO retail."Targets"
SELECT r.i, CAST(DATE '2023-01-01' + m.i * INTERVAL '1 month' AS DATE), CAST(10000 + r.i * 1000 + m.i * 250.5 AS NUMERIC(14,2))
FROM generate_series(1, 6) AS r(i) CROSS JOIN generate_series(0, 23) AS m(i)
WHERE NOT (r.i = 2 AND m.i = 3);
