"""Tests of one demonstration, which is started once for all of them."""
