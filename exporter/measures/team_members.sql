-- Members, at the end of the period, of the workspaces of customers who pay then.
-- unit: count
WITH present AS (
    SELECT payers.period, members.member_id
    FROM payers
    JOIN team_members AS members
        ON members.customer_id = payers.customer_id
        AND members.joined_at < payers.ends AND (members.left_at IS NULL OR members.left_at >= payers.ends)
)
SELECT period.period, COUNT(present.member_id) AS value
FROM period
LEFT JOIN present USING (period)
GROUP BY period.period
