"""What every simulated company is built from; a company adds its parameters and what only it has."""
