"""The web console: what was decided, live, for people; health, readiness and metrics for machines. Loopback only."""

__all__ = ["ConsoleConfig"]

from asepsis.console.config import ConsoleConfig
