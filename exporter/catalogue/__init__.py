"""The catalogue: one company's KPIs as written by people, checked as a whole when it loads."""
