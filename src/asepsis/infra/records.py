"""The rows of the control database as values, free of any database driver."""

import msgspec

__all__ = ["KillSwitch"]


class KillSwitch(msgspec.Struct, frozen=True):
    """Something that is switched off: an application, model, tool or principal; `set_at` is the database's to say."""

    tenant: str
    target: str
    name: str
    reason: str
    set_by: str
    set_at: int = 0
