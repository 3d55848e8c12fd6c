"""A system that is made ready and not started: its settings, and what its control plane tells."""

import os
from pathlib import Path
from typing import Final

from asepsis import app
from asepsis.core.events import Payload
from asepsis.core.types import Action, DecisionInput, Purpose
from asepsis.infra.outbox import Outbox

__all__ = ["GOOD", "QUESTION", "change", "prepared", "recorded"]

GOOD: Final = """
[identity]
anonymous = "demo"
[[policy.applications]]
name = "demo"
"""
"""Settings of one application."""

QUESTION: Final = DecisionInput("local", Action.MODEL_INVOKE, "p", "demo", Purpose.UNSTATED, "chat", model="gpt")


def prepared(start: app.Start, /) -> None:
    """Makes a state folder ready; raises ConfigError."""
    app.prepare(start, start.load())


def recorded(outbox: Outbox, /) -> list[Payload]:
    """Takes out what waits for the ledger and returns it."""
    found: list[Payload] = []
    while waiting := outbox.first():
        found += [one.payload for one in waiting]
        for one in waiting:
            outbox.done(one)
    return found


def change(file: Path, text: str, /) -> None:
    """Writes the file so that its time differs, however coarse the clock of the disk is."""
    before = file.stat().st_mtime_ns
    file.write_text(text)
    os.utime(file, ns=(before + 1_000_000, before + 1_000_000))
