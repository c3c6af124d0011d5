"""The revenue ledger: what customers pay and how it moves, from subscription items under a written policy."""
