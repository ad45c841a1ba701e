\d
\dt
\dn
\d customers
\d+ transactions
\d customer_activity
\d nothing
\df measure
SELECT datname FROM pg_database ORDER BY 1;
\l
\d lenswire.limits
\d+ lenswire.lineage
\dv lenswire.*
SHOW lenswire.limits;
SELECT count(*) FROM lenswire.sessions WHERE is_current;
\conninfo
