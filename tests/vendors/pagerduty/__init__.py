"""A stand-in for PagerDuty: an account with a clock, its API over HTTP, and the true incidents beside it."""
