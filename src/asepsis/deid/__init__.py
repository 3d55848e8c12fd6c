"""De-identification: what stands in the place of what was found, and how it comes back.

The names are imported when they are first asked for: most processes need the settings and nothing that changes texts.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asepsis.deid.restore import Restorer
    from asepsis.deid.scope import Memory
    from asepsis.deid.service import Masker
    from asepsis.deid.types import Channel, Reveal, Scope, ScopeKind

__all__ = ["Channel", "Masker", "Memory", "Restorer", "Reveal", "Scope", "ScopeKind"]

_PLACES: Final = {
    "Channel": "types",
    "Masker": "service",
    "Memory": "scope",
    "Restorer": "restore",
    "Reveal": "types",
    "Scope": "types",
    "ScopeKind": "types",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    value: object = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value
