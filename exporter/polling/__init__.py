"""Polling: each source at its time, one run at a time, against a deadline; a failed run leaves nothing."""
