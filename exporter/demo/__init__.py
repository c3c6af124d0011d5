"""A simulated company: three years of a managed Kubernetes provider, as files that its systems would export."""
