"""Who calls: callers are known by keys of which only digests are stored."""

from asepsis.identity.config import Caller, IdentityConfig
from asepsis.identity.service import KeyIdentifier

__all__ = ["Caller", "IdentityConfig", "KeyIdentifier"]
