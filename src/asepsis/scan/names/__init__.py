"""Names, places, dates and codes without a form of their own, found by a small model of words."""

from asepsis.scan.names.model import Model
from asepsis.scan.names.service import NameScanner

__all__ = ["Model", "NameScanner"]
