"""Who is told of an alert, how and when: Alertmanager's configuration, its messages and its route tests."""
