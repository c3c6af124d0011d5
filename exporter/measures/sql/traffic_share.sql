-- The share of each channel in the visitors of the period; in all, the largest share.
-- unit: ratio
-- nature: whole
-- by: channel
WITH counted AS (
    SELECT days.period, visits.channel, CAST(SUM(visits.visitors) AS DECIMAL(38, 10)) AS visitors
    FROM days
    JOIN
        web_visits AS visits
        ON visits.visited_on >= days.starts_on AND visits.visited_on < days.ends_on
    GROUP BY days.period, visits.channel
),

shares AS (
    SELECT period, channel, visitors / NULLIF(SUM(visitors) OVER (PARTITION BY period), 0) AS share
    FROM counted
)

SELECT period, channel, MAX(share) AS value
FROM shares
GROUP BY GROUPING SETS ((period), (period, channel))
