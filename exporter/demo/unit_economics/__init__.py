"""A subscription business that also runs stores, in its fourth year of records."""
