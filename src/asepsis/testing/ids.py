"""Identifiers that count."""

from itertools import count

__all__ = ["SequentialIds"]


class SequentialIds:
    """A `core.ports.Ids` for tests: valid UUIDv7 texts whose last digits count up from one."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def new(self) -> str:
        """Returns the next identifier."""
        return f"018bcfe5-6800-7000-8000-{next(self._numbers):012x}"
