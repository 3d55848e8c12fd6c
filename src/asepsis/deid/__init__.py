"""De-identification: what stands in the place of what was found."""

from asepsis.deid.service import Masker

__all__ = ["Masker"]
