"""The flow monitor inside an agent's own process: around plain functions, and around the tools of a framework."""

__all__ = ["functions", "signatures", "watch"]
