-- Members, at the end of the period, of the workspaces of customers who pay then.
-- unit: count
-- nature: stock
WITH present AS (
    SELECT paying_customers.period, members.member_id
    FROM paying_customers
    JOIN team_members AS members
        ON
            members.customer_id = paying_customers.customer_id
            AND members.joined_at < paying_customers.ends
            AND (members.left_at IS NULL OR members.left_at >= paying_customers.ends)
)

SELECT period.period, COUNT(present.member_id) AS value
FROM period
LEFT JOIN present USING (period)
GROUP BY period.period
