"""A key provider for tests: the same name gives the same key, everywhere."""

import hashlib

__all__ = ["NamedKeys"]


class NamedKeys:
    """Makes each key of its name and tenant; another `master` gives other keys."""

    def __init__(self, master: str = "") -> None:
        self._master = master

    def key(self, name: str, /, *, tenant: str) -> bytes:
        """Returns 32 bytes that anyone could make."""
        return hashlib.sha256(f"{self._master}|{name}|{tenant}".encode()).digest()
