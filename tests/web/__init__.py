"""Tests of what is served: the series, the paths, the page and the server itself."""
