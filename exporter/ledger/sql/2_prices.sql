-- The same with the price of a month. Engines divide approximately; to divide once more what that leaves makes every
-- decimal right.
SELECT
    charges.*,
    CASE
        WHEN numerator = denominator THEN charge
        ELSE CAST(charge * numerator / denominator AS DECIMAL(38, 16)) + CAST(
            (charge * numerator - CAST(charge * numerator / denominator AS DECIMAL(38, 16)) * denominator) / denominator
            AS DECIMAL(38, 16)
        )
    END AS monthly
FROM (
    SELECT contracts.*, CAST(unit_amount AS DECIMAL(20, 8)) * CAST(quantity AS DECIMAL(18, 8)) AS charge FROM contracts
) AS charges
