"""The ledger's settings."""

from typing import Annotated

import msgspec
from msgspec import Meta

__all__ = ["LedgerConfig"]


class LedgerConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the ledger lives and how much it holds back.

    `path` is the folder of all logs; `socket` is the writer's Unix socket. A submission that is not durable after
    `timeout_ms` fails. A segment file is ended once it is over `segment_bytes`.
    """

    path: str = "ledger"
    socket: str = "ledger.sock"
    timeout_ms: Annotated[int, Meta(ge=10, le=600_000)] = 10_000
    max_queued_bytes: Annotated[int, Meta(ge=1 << 16)] = 64 << 20
    segment_bytes: Annotated[int, Meta(ge=1 << 12, le=1 << 30)] = 64 << 20
