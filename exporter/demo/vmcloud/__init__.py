"""A cloud provider in its ninth month after the launch."""
