-- 100 times the share of promoters (9, 10) less that of detractors (0 to 6), over the latest answer
-- of each respondent.
-- unit: score -100..100
-- nature: whole
WITH latest AS (
    SELECT
        period.period,
        COALESCE(surveys.respondent_id, surveys.response_id) AS respondent,
        ARG_MAX(surveys.score, (surveys.responded_at, surveys.response_id)) AS score
    FROM period
    JOIN surveys
        ON
            surveys.kind = 'nps' AND surveys.score IS NOT NULL
            AND surveys.responded_at >= period.starts AND surveys.responded_at < period.ends
    GROUP BY ALL
)

SELECT
    period,
    CAST(100 * (COUNT(*) FILTER (score >= 9) - COUNT(*) FILTER (score <= 6)) AS DECIMAL(38, 10))
    / COUNT(*) AS value
FROM latest
GROUP BY period
