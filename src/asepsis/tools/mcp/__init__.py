"""The Model Context Protocol, as the firewall speaks it: to clients as a server, to servers as a client."""

__all__ = ["back", "front", "messages"]
