-- 60 shops in five regions (one with quotes and braces in its name, and some shops in none), 300 sales.
CREATE SCHEMA regions;
CREATE TABLE regions.shops AS
  SELECT CAST(i AS INTEGER) AS id, 'shop ' || CAST(i AS VARCHAR(9)) AS name,
    CASE i % 6 WHEN 0 THEN 'north' WHEN 1 THEN 'south' WHEN 2 THEN 'east' WHEN 3 THEN 'O''Hare "{user.region}" {0}; --'
      WHEN 4 THEN 'Zürich 東 🏔' END AS region,
    CAST(1 + i % 5 AS INTEGER) AS grade, CAST(0.25 * (i % 9) AS DECIMAL(6, 2)) AS fee,
    CASE WHEN i % 4 <> 0 THEN i % 3 = 0 END AS is_closed,
    CAST(TIMESTAMP '2024-01-01' + INTERVAL '1' DAY * CAST(i * 7 AS INTEGER) AS DATE) AS opened_on,
    CASE WHEN i % 2 = 0 THEN 'pair' ELSE 'single' END AS owner
  FROM generate_series(1, 60) AS r(i);
CREATE TABLE regions.sales AS
  SELECT CAST(i AS INTEGER) AS id, CASE WHEN i % 29 <> 0 THEN CAST(1 + (i * 13) % 60 AS INTEGER) END AS shop_id,
    CAST(0.5 * ((i * 37) % 400) AS DECIMAL(10, 2)) AS amount, CASE i % 3 WHEN 0 THEN 'north' WHEN 1 THEN 'south' END AS desk
  FROM generate_series(1, 300) AS r(i);
