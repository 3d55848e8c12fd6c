"""Tools between agents and their servers: manifests, pinning, the flow monitor, call tokens and the proxy for MCP."""

__all__ = ["draft", "manifests", "pins", "types"]
