-- For every day what one unit of each foreign currency is worth in that of the reports, from rates
-- as they are given, turned round, or crossed over a currency in which both are quoted; the first
-- kind that a day has counts. Each holds until the next, and the last for ten years.
WITH quoted_rates AS (
    SELECT base_currency AS currency, rate_on, CAST(rate AS DECIMAL(20, 12)) AS rate, 1 AS place
    FROM fx_rates
    WHERE quote_currency = $currency
    UNION ALL
    SELECT quote_currency, rate_on, CAST(1 / rate AS DECIMAL(20, 12)) AS rate, 2 AS place
    FROM fx_rates
    WHERE base_currency = $currency
    UNION ALL
    SELECT
        theirs.quote_currency,
        theirs.rate_on,
        CAST(ours.rate / theirs.rate AS DECIMAL(20, 12)) AS rate,
        3 AS place
    FROM fx_rates AS theirs
    JOIN
        fx_rates AS ours
        ON ours.base_currency = theirs.base_currency AND ours.rate_on = theirs.rate_on
    WHERE ours.quote_currency = $currency AND theirs.quote_currency <> $currency
),

ranked AS (
    SELECT
        currency,
        rate_on,
        rate,
        ROW_NUMBER() OVER (PARTITION BY currency, rate_on ORDER BY place, rate) AS choice
    FROM quoted_rates
),

digits AS (
    SELECT digit FROM (VALUES (0), (1), (2), (3), (4), (5), (6), (7), (8), (9)) AS ten (digit)
),

numbers AS (
    SELECT
        ones.digit
        + 10 * tens.digit
        + 100 * hundreds.digit
        + 1000 * thousands.digit
        + 10000 * more.digit AS number
    FROM digits AS ones
    CROSS JOIN digits AS tens
    CROSS JOIN digits AS hundreds
    CROSS JOIN digits AS thousands
    CROSS JOIN digits AS more
    WHERE more.digit < 3
),

quoted AS (
    SELECT currency, MIN(rate_on) AS since, MAX(rate_on) + INTERVAL '3650' DAY AS until
    FROM ranked
    GROUP BY currency
),

days AS (
    SELECT
        quoted.currency, CAST(quoted.since + numbers.number * INTERVAL '1' DAY AS DATE) AS rate_on
    FROM quoted
    JOIN numbers ON quoted.since + numbers.number * INTERVAL '1' DAY < quoted.until
),

filled AS (
    SELECT currency, rate_on, MAX(rate) AS rate
    FROM (
        SELECT currency, rate_on, CAST(NULL AS DECIMAL(20, 12)) AS rate FROM days
        UNION ALL
        SELECT currency, rate_on, rate FROM ranked
        WHERE choice = 1
    ) AS stated
    GROUP BY currency, rate_on
),

spans AS (
    SELECT
        currency, rate_on, rate, COUNT(rate) OVER (PARTITION BY currency ORDER BY rate_on) AS span
    FROM filled
)

SELECT currency, rate_on, MAX(rate) OVER (PARTITION BY currency, span) AS rate
FROM spans
