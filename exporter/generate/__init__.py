"""Generators: everything that follows from the catalogue and is kept in files. They read the catalogue alone."""
