-- People at the end of the period, full-time equivalents: per team the latest number in effect.
-- unit: count
-- nature: stock
-- by: team
WITH latest AS (
    SELECT days.period, headcount.team, ARG_MAX(headcount.people, headcount.effective_on) AS people
    FROM days
    JOIN headcount ON headcount.effective_on < days.ends_on
    GROUP BY days.period, headcount.team
)

SELECT period, team, SUM(people) AS value
FROM latest
GROUP BY GROUPING SETS ((period), (period, team))
