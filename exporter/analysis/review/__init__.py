"""Reviews: what people of a company look at together each day, week, month or quarter, as Markdown or HTML."""
