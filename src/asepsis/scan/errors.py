"""Errors of the room `scan`."""

from asepsis.core.errors import ConfigError

__all__ = ["PackError"]


class PackError(ConfigError):
    """A rule pack cannot be used; the place is its file and the rule."""

    code = "config_pack"
