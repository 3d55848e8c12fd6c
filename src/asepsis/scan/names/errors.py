"""Errors of the names engine."""

from asepsis.core.errors import ConfigError

__all__ = ["ModelError"]


class ModelError(ConfigError):
    """A file of weights or word lists can't be used; the place is its name."""

    code = "config_model"
