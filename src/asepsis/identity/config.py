"""The settings of the room `identity`."""

import msgspec

from asepsis.core.types import Purpose

__all__ = ["Caller", "IdentityConfig"]


class Caller(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller's key, by its SHA-256 in hex, and what it stands for: application, principal, roles, purpose of use."""

    key_sha256: str
    application: str
    principal: str = ""
    tenant: str = ""
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()


class IdentityConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who may call. `anonymous` names the application of callers without a known key; empty refuses them.

    `purpose` is what those callers use data for, `roles` those that policies take them to be in.
    """

    anonymous: str = ""
    callers: tuple[Caller, ...] = ()
    purpose: Purpose = Purpose.UNSTATED
    roles: tuple[str, ...] = ()
