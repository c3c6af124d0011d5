"""Sources: one module per kind of external system, found by its file; none knows a KPI."""
