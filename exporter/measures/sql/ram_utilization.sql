-- The share of the memory in use at the end of the period.
-- unit: ratio
-- nature: stock
SELECT period, used / capacity AS value
FROM resource_use
WHERE resource = 'ram'
