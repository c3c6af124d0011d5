"""From a parsed document to a company in which every name, unit and level is resolved."""
