"""How a KPI's value comes about: inputs, formula, movements, sources and ages."""
