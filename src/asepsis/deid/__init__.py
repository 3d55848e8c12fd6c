"""De-identification: what stands in the place of what was found, and how it comes back."""

from asepsis.deid.restore import Restorer
from asepsis.deid.scope import Memory
from asepsis.deid.service import Masker
from asepsis.deid.types import Channel, Reveal, Scope, ScopeKind

__all__ = ["Channel", "Masker", "Memory", "Restorer", "Reveal", "Scope", "ScopeKind"]
