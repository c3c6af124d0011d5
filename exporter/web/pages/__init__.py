"""The pages for people: a board of all KPIs, a page for each, and the sources; rendered once per snapshot."""
