"""Calls in words and numbers for people: what a line of the table says."""

from datetime import UTC, datetime
from typing import Final

import msgspec

from asepsis.core.events import Mode, Outcome
from asepsis.core.types import Count, Coverage, Verdict
from asepsis.infra.telemetry.calls import Call

__all__ = [
    "Row", "clock", "day", "duration", "left", "moment", "outcome_said", "row", "seen", "topic", "use", "verdict_said",
]  # fmt: skip

_VERDICTS: Final = {
    Verdict.ALLOW: ("allow", "Allowed", "Would allow"),
    Verdict.TRANSFORM: ("transform", "Masked", "Would mask"),
    Verdict.ASK: ("ask", "Held", "Would hold"),
    Verdict.DENY: ("deny", "Denied", "Would deny"),
}
_OUTCOMES: Final = {
    Outcome.COMPLETED: "completed",
    Outcome.DENIED: "denied",
    Outcome.CUT: "cut",
    Outcome.FAILED: "failed",
    Outcome.CLIENT_GONE: "client left",
}


_TOPICS: Final = {"hiv": "HIV", "part2": "42 CFR Part 2", "phi": "health information"}


_USES: Final = {
    "TREAT": "treatment",
    "CAREMGT": "care management",
    "HPAYMT": "payment",
    "HOPERAT": "operations",
    "HRESCH": "research",
    "PATRQT": "the patient's request",
    "BTG": "break-glass",
    "UNDERWRITING": "underwriting",
    "UNSTATED": "no stated purpose",
}


class Row(msgspec.Struct, frozen=True):
    """A call as a line: `verdict` and `outcome` are names for the style sheet, the texts are for people."""

    id: str
    time: str
    clock: str
    verdict: str
    verdict_text: str
    observed: bool
    application: str
    principal: str
    surface: str
    model: str
    found_in: tuple[Count, ...]
    found_out: tuple[Count, ...]
    outcome: str
    outcome_text: str
    latency: str
    seen: str
    partial: bool


def row(call: Call, /) -> Row:
    """Returns the line of a call."""
    observed = call.opened.mode is Mode.OBSERVE
    name, text = verdict_said(call.verdict, observed=observed)
    outcome, outcome_text = _outcome(call)
    closed = call.closed
    parts = [call.opened.coverage, *([closed.coverage] if closed else [])]
    return Row(
        id=call.id,
        time=moment(call.time),
        clock=clock(call.time),
        verdict=name,
        verdict_text=text,
        observed=observed,
        application=call.opened.application,
        principal=call.principal,
        surface=call.opened.surface,
        model=call.opened.model,
        found_in=call.opened.found,
        found_out=closed.found if closed else (),
        outcome=outcome,
        outcome_text=outcome_text,
        latency=duration(closed.total_us) if closed else "",
        seen=seen(*parts),
        partial=any(part.opaque or part.scanned < part.parts for part in parts),
    )


def verdict_said(verdict: Verdict, /, *, observed: bool) -> tuple[str, str]:
    """Returns a verdict's name for the style sheet, and its words."""
    name, text, would = _VERDICTS[verdict]
    return name, would if observed and verdict else text


def outcome_said(outcome: Outcome, /) -> tuple[str, str]:
    """Returns an outcome's name for the style sheet, and its words."""
    return outcome.value, _OUTCOMES[outcome]


def moment(milliseconds: int, /) -> str:
    """Returns a time in RFC 3339, UTC."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock(milliseconds: int, /) -> str:
    """Returns the time of day, UTC, to the second."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%H:%M:%S")


def day(milliseconds: int, /) -> str:
    """Returns the day, UTC."""
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%d")


def topic(name: str, /) -> str:
    """Returns a confidential topic as people write it."""
    return _TOPICS.get(name, name.replace("_", " "))


def use(code: str, /) -> str:
    """Returns a purpose of use as people say it."""
    return _USES.get(code, code)


def left(milliseconds: int, /) -> str:
    """Returns a length of time in the one or two units that a person would say."""
    seconds = max(0, milliseconds) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} min" if seconds >= 600 else f"{seconds // 60} min {seconds % 60:02} s"
    hours = seconds // 3_600
    return f"{hours} h {seconds % 3_600 // 60:02} min" if hours < 24 else f"{hours // 24} d {hours % 24} h"


def duration(microseconds: int, /) -> str:
    """Returns a duration in the unit that keeps it short."""
    if microseconds < 1_000:
        return f"{microseconds} µs"
    if microseconds < 100_000:
        return f"{microseconds / 1_000:.1f} ms"
    if microseconds < 1_000_000:
        return f"{microseconds // 1_000} ms"
    return f"{microseconds / 1_000_000:.1f} s"


def seen(*coverages: Coverage) -> str:
    """Returns how much was scanned: `all of 12 parts`, `11 of 12 parts`."""
    parts = sum(one.parts for one in coverages)
    scanned = sum(one.scanned for one in coverages)
    if not parts:
        return "nothing to scan"
    noun = "part" if parts == 1 else "parts"
    return f"{parts:,} {noun}" if scanned >= parts else f"{scanned:,} of {parts:,} {noun}"


def _outcome(call: Call, /) -> tuple[str, str]:
    if call.closed is not None:
        return outcome_said(call.closed.outcome)
    return ("unclosed", "never closed") if call.unclosed else ("open", "running")
