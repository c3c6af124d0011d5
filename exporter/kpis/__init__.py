"""KPIs: formulas evaluated over measures, with status, age, plan, and the reason where there is no number."""
