-- Per period, its first day and the first day after it. A day belongs to the period in which it
-- begins.
SELECT
    period,
    CAST(starts AS DATE)
    + CASE WHEN CAST(CAST(starts AS DATE) AS TIMESTAMPTZ) < starts THEN 1 ELSE 0 END AS starts_on,
    CAST(ends AS DATE)
    + CASE WHEN CAST(CAST(ends AS DATE) AS TIMESTAMPTZ) < ends THEN 1 ELSE 0 END AS ends_on
FROM period
