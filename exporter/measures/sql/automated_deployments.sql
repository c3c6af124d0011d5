-- The share of the releases of the period that took no step by hand, of those of which it is known.
-- unit: ratio
-- nature: whole
SELECT period.period, AVG(CAST(deployments.automated AS INTEGER)) AS value
FROM period
JOIN
    deployments
    ON deployments.deployed_at >= period.starts AND deployments.deployed_at < period.ends
WHERE deployments.automated IS NOT NULL
GROUP BY period.period
