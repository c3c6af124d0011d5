-- The share of the memory in use at the end of the period.
-- unit: ratio
SELECT period, used / capacity AS value
FROM resource_use
WHERE resource = 'ram'
