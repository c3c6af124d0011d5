"""Backtests: which alerts would have fired on the recorded history, to try a threshold before it is set."""
