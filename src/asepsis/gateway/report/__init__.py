"""Reports over the ledger. No worker imports this."""

__all__ = ["commands", "pages", "spread", "tables", "tally"]
