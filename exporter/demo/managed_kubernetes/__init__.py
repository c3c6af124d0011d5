"""A managed Kubernetes provider in its fourth year."""
