"""The revenue ledger: what customers pay and how that changes, from subscription items under a written policy."""
