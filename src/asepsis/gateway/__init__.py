"""Model traffic: every request, answer and stream of the model APIs, walked, scanned and decided on.

The names are imported when they are first asked for: most processes need the settings and nothing of the guard.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asepsis.gateway.account import Tools
    from asepsis.gateway.config import GatewayConfig, Upstream
    from asepsis.gateway.live import Elevated, Kill, Live
    from asepsis.gateway.service import Gateway

__all__ = ["Elevated", "Gateway", "GatewayConfig", "Kill", "Live", "Tools", "Upstream"]

_PLACES: Final = {
    "Elevated": "live",
    "Gateway": "service",
    "GatewayConfig": "config",
    "Kill": "live",
    "Live": "live",
    "Tools": "account",
    "Upstream": "config",
}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    value: object = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value
