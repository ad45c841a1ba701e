// The lens of the golden files: a shop small enough to check every number in the head.

const tables = `
tables:
  - name: customers
    sql: SELECT * FROM raw.customers
    joins:
      - {name: orders, relationship: one_to_many, sql: "{TABLE.id} = {orders.customer_id}"}
      - {name: tickets, relationship: one_to_many, sql: "{TABLE.id} = {tickets.customer_id}"}
      - {name: visits, relationship: one_to_many, sql: "{TABLE.id} = {visits.customer_id}"}
      - {name: regions, relationship: many_to_one, sql: "{TABLE.region_id} = {regions.id}"}
    dimensions:
      - name: id
        type: number
        column: id
        primary_key: true
        meta: {secure: {func: redact, user_groups: {includes: [masked_id]}}}
      - {name: name, type: string, column: name}
      - {name: zone, type: string, column: zone}
      - {name: region_id, type: number, column: region_id}
      - name: pan
        type: string
        column: pan
        meta: {secure: {func: redact, user_groups: {includes: [north]}}}
      - name: email
        type: string
        column: email
        meta: {secure: {func: md5, user_groups: {includes: [north]}}}
      - {name: mail_host, type: string, sql: "split_part({email}, '@', 2)"}
      - {name: income, type: number, column: income}
      - {name: remark, type: string, column: remark, public: false}
      - {name: orders_made, type: number, sub_query: true, sql: "{orders.order_count}"}
    measures:
      - {name: customer_count, type: count}
      - {name: total_income, type: sum, sql: income}
      - {name: average_income, type: avg, sql: "{income}"}
      - {name: highest_income, type: max, sql: income}
      - {name: hosts, type: count_distinct, sql: "{mail_host}"}
      - {name: anns, type: count, sql: "CASE WHEN {email} = 'ann@a.org' THEN 1 END"}
      - {name: pan_ends, type: count_distinct, sql: "right(pan, 1)"}
      - {name: first_pan, type: min, sql: pan}
      - {name: pans, type: count_distinct, sql: pan}
      - {name: customer_rows, type: number, sql: "count(*)"}
      - {name: income_range, type: number, sql: "max(income) - min({TABLE}.income)"}
      - {name: income_per_order, type: number, sql: "{total_income} / NULLIF({orders.order_count}, 0)"}
      - {name: income_per_store, type: number, sql: "{total_income} / NULLIF({stores.store_count}, 0)"}
      - name: secret_income
        type: sum
        sql: income
        meta: {secure: {func: redact, user_groups: {includes: [north]}}}
    segments:
      - {name: wealthy, sql: "{TABLE}.income >= 100"}
      - name: northern
        sql: "{TABLE}.zone = 'N'"
        meta: {secure: {user_groups: {includes: [north]}}}
  - name: orders
    sql: SELECT * FROM raw.orders
    joins:
      - {name: customers, relationship: many_to_one, sql: "{TABLE.customer_id} = {customers.id}"}
      - {name: stores, relationship: many_to_one, sql: "{TABLE.store_id} = {stores.id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: customer_id, type: number, column: customer_id}
      - {name: store_id, type: number, column: store_id}
      - {name: status, type: string, column: status}
      - {name: amount, type: number, column: amount}
      - {name: ordered_at, type: time, column: ordered_at}
      - {name: customer_zone, type: string, sql: "{customers.zone}"}
    measures:
      - {name: order_count, type: count}
      - {name: revenue, type: sum, sql: amount}
      - {name: done_revenue, type: sum, sql: amount, filters: [{sql: "{TABLE}.status = 'done'"}]}
      - {name: done_share, type: number, sql: "{done_revenue} / NULLIF({revenue}, 0)"}
      - {name: last_order, type: max, sql: ordered_at}
      - {name: customer_zones, type: count_distinct, sql: "{customers.zone}"}
      - {name: revenue_10_days, type: sum, sql: amount, rolling_window: {trailing: 10 day}}
      - {name: running_revenue, type: sum, sql: amount, rolling_window: {trailing: unbounded}}
      - {name: month_revenue, type: sum, sql: amount, rolling_window: {trailing: 1 month}}
      - {name: month_before_revenue, type: sum, sql: amount, rolling_window: {trailing: 1 month, offset: start}}
      - {name: growth, type: number, sql: "{month_revenue} / NULLIF({month_before_revenue}, 0)"}
      - {name: orders_ahead, type: count, rolling_window: {leading: 10 days}}
      - {name: year_to_date, type: sum, sql: amount, rollingWindow: {type: to_date, granularity: year}}
      - {name: recent_share, type: number, sql: "{done_revenue} / NULLIF({revenue}, 0)", rolling_window: {trailing: 10 day}}
      - {name: recent_range, type: number, sql: "max(amount) - min({TABLE}.amount)", rolling_window: {trailing: 10 day}}
      - {name: revenue_of_wealthy, type: sum, sql: amount, filters: [{sql: "{customers.income} >= 100"}]}
    segments:
      - {name: done, sql: "{TABLE}.status = 'done'"}
      - name: of_north
        sql: "{customers.zone} = 'N'"
        meta: {secure: {user_groups: {includes: [north]}}}
  - name: stores
    sql: SELECT * FROM raw.stores
    joins:
      - {name: regions, relationship: many_to_one, sql: "{TABLE.region_id} = {regions.id}"}
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: kind, type: string, column: kind}
      - {name: region_id, type: number, column: region_id}
    measures:
      - {name: store_count, type: count}
  - name: regions
    sql: SELECT * FROM raw.regions
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: region, type: string, column: region}
    measures:
      - {name: region_count, type: count}
  - name: tickets
    sql: SELECT * FROM raw.tickets
    dimensions:
      - {name: id, type: number, column: id, primary_key: true}
      - {name: customer_id, type: number, column: customer_id}
      - {name: topic, type: string, column: topic}
    measures:
      - {name: ticket_count, type: count}
  - name: visits
    sql: SELECT * FROM raw.visits
    dimensions:
      - {name: customer_id, type: number, column: customer_id}
      - {name: page, type: string, column: page}
    measures:
      - {name: seconds, type: sum, sql: seconds}
`;

const views = `
views:
  - name: sales
    tables:
      - {join_path: orders, includes: [status, ordered_at, order_count, revenue, done]}
      - {join_path: orders.customers, prefix: true, includes: [zone, pan, customer_count, total_income]}
      - {join_path: orders.stores, includes: [kind]}
  - name: accounts
    tables:
      - {join_path: customers, includes: [id, name, customer_count, total_income]}
      - {join_path: customers.tickets, includes: [topic, ticket_count]}
`;

const groups = `
user_groups:
  - {name: north, includes: ["users:id:north"]}
  - {name: masked_id, includes: ["users:id:masked_id"]}
  - {name: catalog_only, includes: ["users:id:catalog"], api_scopes: [meta]}
  - {name: default, includes: "*"}
`;

/** \`analyst\` sees everything; \`north\` sees masks and forced segments; \`catalog\` may not read data. */
export const shopFiles: Readonly<Record<string, string>> = {
  "tables/tables.yml": tables,
  "views/views.yml": views,
  "user_groups.yml": groups,
};

export const shopSetUp = `
CREATE SCHEMA raw;
CREATE TABLE raw.regions (id INTEGER, region VARCHAR);
INSERT INTO raw.regions VALUES (1, 'coast'), (2, 'inland');
CREATE TABLE raw.stores (id INTEGER, kind VARCHAR, region_id INTEGER);
INSERT INTO raw.stores VALUES (1, 'mall', 1), (2, 'web', 2);
CREATE TABLE raw.customers
  (id INTEGER, name VARCHAR, zone VARCHAR, region_id INTEGER, pan VARCHAR, email VARCHAR, income BIGINT, remark VARCHAR);
INSERT INTO raw.customers VALUES
  (1, 'Ann', 'N', 1, 'PAN-1', 'ann@a.org', 100, 'x'),
  (2, 'Bob', 'N', 2, 'PAN-2', 'bob@b.org', 50, 'y'),
  (3, 'Cyd', 'S', 1, 'PAN-3', 'cyd@a.org', 200, NULL),
  (4, 'Dan', NULL, NULL, NULL, NULL, 10, NULL);
CREATE TABLE raw.orders
  (id INTEGER, customer_id INTEGER, store_id INTEGER, status VARCHAR, amount DECIMAL(10,2), ordered_at TIMESTAMP);
INSERT INTO raw.orders VALUES
  (1, 1, 1, 'done', 10, '2024-01-05'), (2, 1, 2, 'done', 20, '2024-01-20'), (3, 2, 1, 'open', 5, '2024-02-01'),
  (4, 3, 1, 'done', 40, '2024-02-10'), (5, NULL, 2, 'done', 7, '2024-02-11');
CREATE TABLE raw.tickets (id INTEGER, customer_id INTEGER, topic VARCHAR);
INSERT INTO raw.tickets VALUES (1, 1, 'late'), (2, 1, 'lost'), (3, 3, 'late');
CREATE TABLE raw.visits (customer_id INTEGER, page VARCHAR, seconds INTEGER);
INSERT INTO raw.visits VALUES (1, 'home', 3), (1, 'home', 3), (2, 'home', 9);
`;
