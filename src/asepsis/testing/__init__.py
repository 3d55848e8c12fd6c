"""Conformance suites and simulators for tests and plugin authors; no room imports it."""

__all__ = ["clock", "ids", "published", "randomness", "upstream"]
