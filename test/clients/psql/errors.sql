-- Each error points at its place.
SELECT zonee FROM customers;
SELECT zone
FROM customer;
SELECT zone, MEASURE(segment) FROM customers GROUP BY 1;
SELECT zone FROM customers WHERE total_balance > 1000;
SELECT zone, city, count(*) FROM customers GROUP BY zone;
SELECT zone FROM customers WHERE customer_id = 'many';
SELECT zone, FROM customers;
SELECT 1 / 0;
SELECT customer_id / 0 FROM customers;
DELETE FROM customers;
CREATE TABLE t (a int);
\d+ nothing
