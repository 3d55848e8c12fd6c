"""What of a question's context policies look at, so that no more of it is handed to the engine.

Reading a context is most of what a decision costs. An attribute that no policy names can't change what is decided.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

__all__ = ["EVERYTHING", "looks_at"]

EVERYTHING: Final[frozenset[str]] = frozenset({""})
"""What policies look at that use the context as a whole."""

_VARIABLE: Final = {"Var": "context"}


def looks_at(policies: Iterable[msgspec.Raw], /) -> frozenset[str]:
    """Returns the paths that policies in the engine's JSON form look at, such as `purpose` or `provider.baa`."""
    found: set[str] = set()
    for one in policies:
        _collect(msgspec.json.decode(one), found)
    return EVERYTHING if "" in found else frozenset(found)


def _collect(node: object, found: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, found)
    if not isinstance(node, dict):
        return
    if node == _VARIABLE:
        found.add("")
        return
    for name, inner in node.items():
        path = _path(name, inner)
        if path:
            found.add(path)
        else:
            _collect(inner, found)


def _path(name: str, inner: object) -> str:
    """Returns the path that an access or a test for an attribute of the context names, else nothing."""
    if name not in (".", "has") or not isinstance(inner, dict) or not isinstance(inner.get("attr"), str):
        return ""
    left = inner["left"]
    if left == _VARIABLE:
        return str(inner["attr"])
    above = _path(".", left.get(".")) if isinstance(left, dict) else ""
    return f"{above}.{inner['attr']}" if above and "." not in above else above
