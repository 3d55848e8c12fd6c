"""Denial by rule inside the gateway: raised where something is read, made a Decision where a call is decided."""

from asepsis.core.errors import Error

__all__ = ["Denied", "Told", "Waiting"]


class Denied(Error):
    """A rule of the gateway closes a call; `code` names the rule, the message says why without any content."""

    def __init__(self, rule: str, message: str, *, place: str = "") -> None:
        super().__init__(message, place=place, code=rule)


class Told(Denied):
    """A denial that whoever asks can do something about, so that its reason is told where a stream ends, too."""


class Waiting(Told):
    """A denial of what somebody may still approve; the message names the case."""
