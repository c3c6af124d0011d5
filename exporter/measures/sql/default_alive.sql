-- 1 where cash, money from investors and lenders left out, did not shrink over the three months up
-- to the end of the period; 0 where it did.
-- unit: count
-- nature: stock
SELECT period, CASE WHEN amount <= 0 THEN 1 ELSE 0 END AS value
FROM burn_rates
