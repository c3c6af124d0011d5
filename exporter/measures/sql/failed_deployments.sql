-- Releases of the period that needed immediate intervention. Each counts once, however many
-- incidents it caused.
-- unit: count
-- nature: flow
SELECT period.period, COUNT(deployments.deployment_id) AS value
FROM period
LEFT JOIN deployments
    ON
        deployments.failed
        AND deployments.deployed_at >= period.starts
        AND deployments.deployed_at < period.ends
GROUP BY period.period
