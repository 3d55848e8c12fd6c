"""Remembering: an append-only log per tenant, durable before it answers, in which nothing changes unnoticed."""

__all__ = ["client", "commands", "commit", "config", "errors", "format", "log", "ports", "reader", "store", "writer"]
