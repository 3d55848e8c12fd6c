"""Finding protected health information and secrets in text, however it is written.

The names are imported when they are first asked for: most processes need the settings and no scanner.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from asepsis.scan.config import ScanConfig
    from asepsis.scan.engine import build
    from asepsis.scan.pipeline import Pipeline
    from asepsis.scan.service import RuleScanner

__all__ = ["Pipeline", "RuleScanner", "ScanConfig", "build"]

_PLACES: Final = {"Pipeline": "pipeline", "RuleScanner": "service", "ScanConfig": "config", "build": "engine"}


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(name)
    value: object = getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
    return value
