"""What KPIs would be if inputs were others."""
