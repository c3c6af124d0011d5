"""Files from which Grafana provisions rules, contact points and policies, where there is no Alertmanager."""
