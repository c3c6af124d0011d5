-- The share of the period, announced maintenance left out, in which no outage lasted. Outages that
-- overlap count once.
-- unit: ratio
-- nature: whole
WITH clipped AS (
    SELECT
        period.period,
        outages.kind,
        CAST(
            EPOCH(GREATEST(outages.starts_at, period.starts))
            - EPOCH(period.starts) AS DECIMAL(18, 6)
        ) AS since,
        CAST(
            EPOCH(LEAST(COALESCE(outages.ends_at, period.ends), period.ends))
            - EPOCH(period.starts) AS DECIMAL(18, 6)
        ) AS until
    FROM period
    JOIN outages
        ON
            outages.starts_at < period.ends
            AND (outages.ends_at IS NULL OR outages.ends_at > period.starts)
),

-- An interval adds what reaches beyond all that began before it. First maintenance alone, then both
-- kinds together: the difference is the downtime outside maintenance.
reached AS (
    SELECT
        scope.maintenance_only,
        clipped.period,
        clipped.since,
        clipped.until,
        MAX(clipped.until) OVER (
            PARTITION BY scope.maintenance_only, clipped.period
            ORDER BY clipped.since, clipped.until
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS before
    FROM clipped
    JOIN (VALUES (TRUE), (FALSE)) AS scope (maintenance_only)
        ON clipped.kind = 'maintenance' OR NOT scope.maintenance_only
),

covered AS (
    SELECT
        period,
        SUM(GREATEST(until - GREATEST(since, COALESCE(before, since)), 0)) FILTER (
            maintenance_only
        ) AS maintenance,
        SUM(GREATEST(until - GREATEST(since, COALESCE(before, since)), 0)) FILTER (
            NOT maintenance_only
        ) AS either
    FROM reached
    GROUP BY period
),

spans AS (
    SELECT
        period.period,
        CAST(EPOCH(period.ends) - EPOCH(period.starts) AS DECIMAL(18, 6)) AS length,
        COALESCE(covered.maintenance, 0) AS maintenance,
        COALESCE(covered.either, 0) AS either
    FROM period
    LEFT JOIN covered USING (period)
)

-- One division of exact seconds, so that 99.9% is not a little more or less.
SELECT period, (length - either) / NULLIF(length - maintenance, 0) AS value
FROM spans
