CREATE TEMP TABLE shops (id int NOT NULL, name text DEFAULT 'new', opened date);
CREATE INDEX ON shops (opened);
\d shops
\d+ shops
\dt
\d shops_opened_idx
INSERT INTO shops (id) VALUES (1), (2);
TABLE shops;
DROP TABLE shops;
\d shops
CREATE TEMP TABLE bought (id int PRIMARY KEY, name text, price numeric(6, 2));
\copy bought from stdin
1	pen	1.5
2	\N	2.345
\.
\copy bought (id, name) from pstdin with (delimiter ',')
3,ink\, blue
\.
\copy bought from stdin
4	cap	cheap
\.
TABLE bought;
DROP TABLE bought;
