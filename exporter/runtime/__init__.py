"""The running exporter: catalogues, store, poller and evaluation, joined into one service."""
