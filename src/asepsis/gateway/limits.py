"""Limits on what a document and a stream may hold; what goes past them is denied."""

import msgspec

__all__ = ["Limits", "StreamLimits"]


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How deep a document may be nested and how many parts it may have."""

    depth: int = 64
    parts: int = 20_000


class StreamLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How large one event may be, how many channels a stream may have, how much text it may carry."""

    event_bytes: int = 1_048_576
    channels: int = 512
    characters: int = 16_777_216
