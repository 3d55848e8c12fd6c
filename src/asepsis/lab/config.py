"""The settings of the room `lab`."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

__all__ = ["LabConfig"]


class LabConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the lab's model server listens, which model answers, and how the plan and its pace come about.

    `model` is `scripted` (instant, no weights) or `local` (a small real model on this machine, an extra).
    """

    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535)] = 8090
    model: Literal["scripted", "local"] = "scripted"
    seed: int = 7
    members: int = 200
    piece: int = 4
    delay_ms: int = 5
