-- The day and the month stand beside the time: calendars and rates are joined on them.
SELECT
  order_id,
  customer_id,
  store_id,
  employee_id,
  ordered_at,
  CAST(ordered_at AS DATE) AS ordered_on,
  CAST(date_trunc('month', ordered_at) AS DATE) AS ordered_month,
  currency,
  "Status",
  channel,
  shipping,
  reference
FROM retail.orders
