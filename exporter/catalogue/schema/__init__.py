"""The file format: which keys there are, and what each may hold."""
