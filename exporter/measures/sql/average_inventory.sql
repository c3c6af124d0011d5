-- What the goods in stock had cost, on average of the levels at the start of the period, each month
-- later, and at its end: 13 levels for a year. Unknown where one of them is.
-- unit: money
-- nature: whole
-- by: format
-- lookups: stores
WITH steps AS (
    SELECT
        period,
        starts_on,
        ends_on,
        UNNEST(RANGE(0, DATE_DIFF('month', starts_on, ends_on) + 1)) AS step
    FROM days
),

marks AS (
    SELECT period, CAST(starts_on + TO_MONTHS(CAST(step AS INTEGER)) AS DATE) AS marked_on
    FROM steps
    WHERE starts_on + TO_MONTHS(CAST(step AS INTEGER)) <= ends_on
),

levels AS (
    SELECT
        marks.period,
        marks.marked_on,
        COALESCE(shops.format, default_format.format) AS format,
        stock.amount
    FROM marks
    LEFT JOIN stock_spans AS stock
        ON
            stock.counted_on < marks.marked_on
            AND (stock.recounted_on IS NULL OR stock.recounted_on >= marks.marked_on)
    LEFT JOIN shops USING (store_id)
    LEFT JOIN default_format ON TRUE
),

counts AS (
    SELECT
        period,
        COUNT(DISTINCT marked_on) AS marks,
        COUNT(DISTINCT marked_on) FILTER (amount IS NOT NULL) AS known
    FROM levels
    GROUP BY period
)

SELECT levels.period, levels.format, SUM(levels.amount) / ANY_VALUE(counts.marks) AS value
FROM levels
JOIN counts ON counts.period = levels.period AND counts.known = counts.marks
GROUP BY GROUPING SETS ((levels.period), (levels.period, levels.format))
HAVING GROUPING(levels.format) = 1 OR levels.format IS NOT NULL
