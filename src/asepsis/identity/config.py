"""The settings of the room `identity`."""

import msgspec

__all__ = ["Caller", "IdentityConfig"]


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller's key, by its SHA-256 in hex, and the application and principal that it stands for."""

    key_sha256: str
    application: str
    principal: str = ""
    tenant: str = ""


class IdentityConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may call. `anonymous` names the application of callers without a known key; empty refuses them."""

    anonymous: str = ""
    callers: tuple[Caller, ...] = ()
