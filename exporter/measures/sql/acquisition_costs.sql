-- What was spent in the period on winning customers, by the segment that it was aimed at.
-- unit: money
-- nature: flow
-- by: segment
SELECT days.period, costs.segment, SUM(costs.amount) AS value
FROM days
JOIN
    acquisition_costs AS costs
    ON costs.spent_on >= days.starts_on AND costs.spent_on < days.ends_on
GROUP BY GROUPING SETS ((days.period), (days.period, costs.segment))
