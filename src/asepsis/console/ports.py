"""What the console asks of others."""

from typing import Protocol

__all__ = ["Exposition"]


class Exposition(Protocol):
    """Gives the metrics in a form that Prometheus reads."""

    def __call__(self) -> tuple[bytes, str]:
        """Returns the body and its content type."""
