-- Visitors of the website: of each day of the period the different ones, added up.
-- unit: count
-- nature: flow
-- by: channel
SELECT days.period, visits.channel, COALESCE(SUM(visits.visitors), 0) AS value
FROM days
LEFT JOIN
    web_visits AS visits
    ON visits.visited_on >= days.starts_on AND visits.visited_on < days.ends_on
GROUP BY GROUPING SETS ((days.period), (days.period, visits.channel))
HAVING GROUPING(visits.channel) = 1 OR COUNT(visits.channel) > 0
