SHOW server_version;
SELECT current_user, current_database(), current_schema();
SET timezone = 'Asia/Kolkata';
SHOW timezone;
BEGIN;
DECLARE zones CURSOR FOR SELECT zone, customer_count FROM customers ORDER BY 1;
FETCH 2 FROM zones;
FETCH ALL FROM zones;
COMMIT;
BEGIN;
SELECT nothing FROM customers;
SELECT zone FROM customers;
ROLLBACK;
PREPARE of_zone (text) AS SELECT customer_count FROM customers WHERE zone = $1;
EXECUTE of_zone ('North');
EXECUTE of_zone ('South');
DEALLOCATE of_zone;
\set FETCH_COUNT 2
SELECT zone FROM customers GROUP BY 1 ORDER BY 1;
\gdesc
SELECT zone, MEASURE(total_balance) FROM customers GROUP BY 1 \gdesc
EXPLAIN SELECT zone, total_balance FROM customers;
