-- Releases that reached production in the period.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(deployments.deployment_id) AS value
FROM period
LEFT JOIN
    deployments
    ON deployments.deployed_at >= period.starts AND deployments.deployed_at < period.ends
GROUP BY period.period
