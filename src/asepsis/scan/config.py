"""The settings of the room `scan`."""

import msgspec

__all__ = ["ScanConfig"]


class ScanConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which rules run: the built-in packs without `disabled` rule ids, and extra `packs` (paths of TOML files)."""

    disabled: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
