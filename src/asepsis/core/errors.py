"""The error tree.

Error
├── ConfigError   the operator wrote something that cannot be used
├── InputError    a caller or a file sent something that cannot be read
├── NotTrusted    a verifier says no; it never says more than that
├── Unavailable   something this needs does not answer
└── Bug           an invariant of ours does not hold

Every error has a code, a safe message and, where there is one, a place. Messages are one line, lower case,
without a full stop, and never carry content: no PHI, prompt, secret or token. A denial is a `Decision`, not
an error.
"""

__all__ = ["Bug", "ConfigError", "Error", "InputError", "NotTrusted", "Unavailable"]


class Error(Exception):
    """The root of all errors raised on purpose: a code, a message that is safe to log, and a place."""

    code = "error"

    def __init__(self, message: str, *, place: str = "", code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        if code:
            self.code = code

    def __str__(self) -> str:
        """The message, behind its place where there is one."""
        return f"{self.place}: {self.message}" if self.place else self.message


class ConfigError(Error):
    """The configuration cannot be used; the place is a file with line or a setting's path."""

    code = "config"


class InputError(Error):
    """Input cannot be read; the place says where in it, never what stands there."""

    code = "input"


class NotTrusted(Error):
    """The one error that leaves a verifier, whatever was wrong: a verifier is no oracle."""

    code = "not_trusted"


class Unavailable(Error):
    """Something outside this process does not answer or has no room; a later try may work."""

    code = "unavailable"


class Bug(Error):
    """An invariant of this program does not hold; the caller can do nothing about it."""

    code = "bug"
