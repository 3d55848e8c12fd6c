"""What of a question's context policies look at, so that no more of it is handed to the engine.

Reading a context is most of what a decision costs. An attribute that no policy names can't change what is decided.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

__all__ = ["EVERYTHING", "looks_at", "tells_apart"]

EVERYTHING: Final[frozenset[str]] = frozenset({""})
"""What policies look at that use the context as a whole."""

_VARIABLE: Final = {"Var": "context"}
_PRINCIPAL: Final = {"Var": "principal"}
_RESOURCES: Final = ({"Var": "resource"}, {"Var": "action"})


def looks_at(policies: Iterable[msgspec.Raw], /) -> frozenset[str]:
    """Returns the paths that policies in the engine's JSON form look at, such as `purpose` or `provider.baa`."""
    found: set[str] = set()
    for one in policies:
        _collect(msgspec.json.decode(one), found)
    return EVERYTHING if "" in found else frozenset(found)


def tells_apart(policies: Iterable[msgspec.Raw], /) -> bool:
    """Whether policies may tell principals apart by more than whom their scopes name, each as itself or its group.

    What an entity is in is known of the resource always, and of others only as far as a principal is in them, too.
    """
    for one in policies:
        policy = msgspec.json.decode(one, type=dict[str, object])
        scope = policy.pop("principal", None)
        if not isinstance(scope, dict) or scope.get("op") not in ("All", "==", "in") or _holds(policy, _PRINCIPAL):
            return True
        if _climbs(policy.get("conditions")):
            return True
    return False


def _climbs(node: object) -> bool:
    """Whether something asks what others than the resource are in."""
    if isinstance(node, dict) and isinstance(asked := node.get("in"), dict):
        who = asked.get("left", node.get("left"))  # of `a in b`, and of `a is T in b`
        if who not in _RESOURCES:
            return True
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(map(_climbs, inner))


def _holds(node: object, wanted: object) -> bool:
    if node == wanted:
        return True
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return any(_holds(one, wanted) for one in inner)


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
