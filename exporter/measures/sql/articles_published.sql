-- Articles published in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(articles.article_id) AS value
FROM period
LEFT JOIN articles ON articles.published_at >= period.starts AND articles.published_at < period.ends
GROUP BY period.period
