-- The terms with the price of a month. Engines divide approximately; dividing the remainder once
-- more makes every decimal right.
SELECT
    charges.*,
    CASE
        WHEN about IS NULL THEN charge
        ELSE about + CAST((charge * numerator - about * divisor) / divisor AS DECIMAL(38, 16))
    END AS monthly
FROM (
    SELECT
        item_terms.*,
        denominator * per_unit AS divisor,
        CAST(unit_amount AS DECIMAL(20, 8)) * CAST(quantity AS DECIMAL(18, 8)) AS charge,
        CASE
            WHEN numerator <> denominator * per_unit
                THEN CAST(
                    CAST(unit_amount AS DOUBLE)
                    * CAST(quantity AS DOUBLE)
                    * numerator
                    / (denominator * per_unit)
                    AS DECIMAL(38, 16)
                )
        END AS about
    FROM item_terms
) AS charges
