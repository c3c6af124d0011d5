"""From a folder of exports to a company's first catalogue: what the files hold, and which record tables they fill."""
