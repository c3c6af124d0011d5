-- The discounts that lower the run-rate under the policy.
SELECT *
FROM discounts
WHERE
    $discounts = 'all'
    OR ($discounts = 'recurring' AND duration <> 'once')
    OR ($discounts = 'forever' AND duration = 'forever')
