-- Square feet that customers could shop in, on average over the days of the period: a store counts
-- for the days it was open.
-- unit: count
-- nature: whole
-- by: format
SELECT
    days.period,
    shops.format,
    CAST(
        SUM(
            shops.selling_area
            * (
                LEAST(COALESCE(shops.closed_on, days.ends_on), days.ends_on)
                - GREATEST(shops.opened_on, days.starts_on)
            )
        )
        AS DECIMAL(38, 10)
    ) / ANY_VALUE(days.ends_on - days.starts_on) AS value
FROM days
JOIN shops
    ON
        shops.opened_on < days.ends_on
        AND (shops.closed_on IS NULL OR shops.closed_on > days.starts_on)
GROUP BY GROUPING SETS ((days.period), (days.period, shops.format))
HAVING COUNT(*) = COUNT(shops.selling_area)
