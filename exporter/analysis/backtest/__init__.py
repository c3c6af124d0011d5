"""Backtests: which alerts would have fired on the recorded history, so that a threshold is judged before it is set."""
