"""Incidents from PagerDuty, with the first acknowledgement from their log entries."""
