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
