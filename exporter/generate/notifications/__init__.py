"""Notifications: Alertmanager's configuration, its message templates and the tests of its routes."""
