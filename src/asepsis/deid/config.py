"""The settings of the room `deid`."""

import msgspec

__all__ = ["DeidConfig"]


class DeidConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What stands in the place of what was found: `transform` names a plugin of the group `asepsis.transforms`."""

    transform: str = "mask"
