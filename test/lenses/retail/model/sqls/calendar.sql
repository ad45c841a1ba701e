SELECT
  day,
  CAST(EXTRACT(YEAR FROM day) AS INTEGER) AS calendar_year,
  CAST(EXTRACT(QUARTER FROM day) AS INTEGER) AS calendar_quarter,
  CAST(EXTRACT(MONTH FROM day) AS INTEGER) AS calendar_month,
  CAST(date_trunc('week', day) AS DATE) AS week_start,
  is_holiday,
  holiday
FROM retail.calendar
