"""The catalogues that ship, one company each, written from its KPI document."""
