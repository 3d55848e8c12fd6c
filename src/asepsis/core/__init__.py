"""The types and rules that every room shares: pure, without input, output, clock or randomness."""

__all__ = ["canonical", "errors", "events", "labels", "plans", "ports", "types"]
