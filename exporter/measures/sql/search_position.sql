-- The mean position in search results over the period, each day weighted by how often it was shown;
-- in all, the worst.
-- unit: rank
-- nature: whole
-- by: keyword
WITH means AS (
    SELECT
        days.period,
        positions.keyword,
        SUM(positions.position * positions.impressions) / SUM(positions.impressions) AS position
    FROM days
    JOIN search_positions AS positions
        ON positions.searched_on >= days.starts_on AND positions.searched_on < days.ends_on
    GROUP BY days.period, positions.keyword
)

SELECT period, keyword, MAX(position) AS value
FROM means
GROUP BY GROUPING SETS ((period), (period, keyword))
