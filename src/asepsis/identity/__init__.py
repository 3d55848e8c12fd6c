"""Who calls: by a key of which only the digest is stored, or by a token of a provider whose keys are known."""

from asepsis.identity.config import Caller, GrantsConfig, IdentityConfig, Issuer, RoleOf
from asepsis.identity.service import CallerIdentifier

__all__ = ["Caller", "CallerIdentifier", "GrantsConfig", "IdentityConfig", "Issuer", "RoleOf"]
