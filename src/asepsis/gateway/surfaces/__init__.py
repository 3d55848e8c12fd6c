"""The model APIs that the gateway speaks, each with its denials, its streams and its provider-side state."""

from asepsis.gateway.surfaces.routes import Route, find

__all__ = ["Route", "find"]
