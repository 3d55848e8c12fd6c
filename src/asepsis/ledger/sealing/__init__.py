"""Sealed bodies: what was asked and answered, kept so that few can read it and each person can have it erased."""

__all__ = ["bodies", "checking", "commitments", "files", "keeping", "keyring", "opener", "opening", "sealer"]
