"""A tally as sections of tables for people: the same for every format, most important first, words before numbers."""

from collections import Counter
from datetime import UTC, datetime
from typing import Final

import msgspec

from asepsis.core.types import Kind, Verdict
from asepsis.gateway.report.spread import Spread
from asepsis.gateway.report.tally import Direction, Effect, Tally

__all__ = ["Report", "Table", "Tile", "report"]

_RULES: Final = 20
_TOOLS: Final = 20
_DETAIL: Final = 200
_ORDER: Final = tuple(Direction)
_SHARES: Final = ((500, "half of all"), (900, "9 of 10"), (990, "99 of 100"), (1_000, "all"))


class Tile(msgspec.Struct, frozen=True):
    """A figure at the head of the report; `tone` is `deny`, `mask`, `plain` or `loud`."""

    label: str
    value: str
    note: str
    tone: str


class Table(msgspec.Struct, frozen=True):
    """A section: the first `words` columns are words, the others figures. A `folded` one opens when it is asked for."""

    title: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1
    empty: str = "Nothing."
    folded: bool = False


class Report(msgspec.Struct, frozen=True):
    """All that a format has to lay out."""

    tenant: str
    period: str
    verdict: str
    tiles: tuple[Tile, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def report(tally: Tally, /, *, tenant: str) -> Report:
    """Returns the report on a tally."""
    would = _by_verdict(tally)
    denied, masked = would[Verdict.DENY] + would[Verdict.ASK], would[Verdict.TRANSFORM]
    clean = would[Verdict.ALLOW]
    findings = tally.cells.total()
    calls = tally.total_calls
    tiles = (
        Tile("Calls observed", f"{calls:,}", _rate(tally), "plain"),
        Tile("Would be denied", f"{denied:,}", _share(denied, calls, "of calls"), "deny" if denied else "plain"),
        Tile("Would be masked", f"{masked:,}", _share(masked, calls, "of calls"), "mask" if masked else "plain"),
        Tile("Would pass", f"{clean:,}", _share(clean, calls, "of calls"), "plain"),
        Tile("Findings", f"{findings:,}", _per_call(findings, calls), "plain"),
        Tile("Never closed", f"{tally.unclosed:,}", "incidents", "loud" if tally.unclosed else "plain"),
    )
    tables = (
        _applications(tally),
        _kinds(tally),
        _channels(tally),
        _rules(tally),
        _tools(tally),
        _coverage(tally),
        _opaque(tally),
        _latency(tally),
        _detail(tally),
    )
    return Report(tenant, _period(tally), _verdict(tally, denied, masked), tiles, tables, _notes(tally))


def _verdict(tally: Tally, denied: int, masked: int) -> str:
    """The one sentence that somebody in a hurry reads."""
    calls = tally.total_calls
    if not calls:
        return (
            "No observed call lies in this range. Name an application in `gateway.observe`, let it make calls, and run"
            " this again."
        )
    return (
        f"Had Asepsis enforced its policy, {denied:,} of {calls:,} calls would have been denied and {masked:,} would"
        f" have gone through with {_identifiers(tally, Effect.MASK, Effect.DROP)} taken out. Nothing was touched."
    )


def _identifiers(tally: Tally, *effects: Effect) -> str:
    count = sum(number for cell, number in tally.cells.items() if cell.effect in effects)
    return f"{count:,} identifier or secret" if count == 1 else f"{count:,} identifiers and secrets"


def _applications(tally: Tally) -> Table:
    found: Counter[str] = Counter()
    for cell, number in tally.cells.items():
        found[cell.application] += number
    rows = []
    for name in sorted({name for name, _ in tally.calls} | set(found)):
        verdicts = {verdict: tally.calls[name, verdict] for verdict in Verdict}
        calls = sum(verdicts.values())
        denied = verdicts[Verdict.DENY] + verdicts[Verdict.ASK]
        rows.append(
            (
                name or "(unknown)",
                f"{calls:,}",
                f"{denied:,}",
                _percent(denied, calls),
                f"{verdicts[Verdict.TRANSFORM]:,}",
                _percent(verdicts[Verdict.TRANSFORM], calls),
                f"{verdicts[Verdict.ALLOW]:,}",
                f"{found[name]:,}",
            )
        )
    head = ("Application", "Calls", "Would deny", "%", "Would mask", "%", "Would pass", "Found")
    return Table("By application", "Ended calls of each observed application", head, tuple(rows))


def _kinds(tally: Tally) -> Table:
    found: Counter[tuple[Kind, Direction | Effect]] = Counter()
    for cell, number in tally.cells.items():
        found[cell.kind, cell.direction] += number
        found[cell.kind, cell.effect] += number
    kinds = sorted({kind for kind, _ in found}, key=lambda kind: (-_of(found, kind), kind))
    columns = (*Direction, Effect.DENY, Effect.MASK, Effect.DROP, Effect.PASS)
    rows = tuple(
        (kind.value, f"{_of(found, kind):,}", *(f"{found[kind, column]:,}" for column in columns)) for kind in kinds
    )
    head = (
        "Kind",
        "Found",
        "In requests",
        "In answers",
        "In tool calls",
        "Would deny",
        "Would mask",
        "Would drop",
        "Would pass",
    )
    caption = "What was found, by kind, and what would have become of it; a kind counts as denied where its call is"
    return Table("By kind", caption, head, rows)


def _of(found: Counter[tuple[Kind, Direction | Effect]], kind: Kind) -> int:
    return sum(found[kind, direction] for direction in Direction)


def _channels(tally: Tally) -> Table:
    effects: Counter[tuple[str, Direction, Effect]] = Counter()
    findings: Counter[tuple[str, Direction]] = Counter()
    for cell, number in tally.cells.items():
        effects[cell.surface, cell.direction, cell.effect] += number
        findings[cell.surface, cell.direction] += number
    for (_, surface, _, effect), number in tally.tools.items():
        effects[surface, Direction.TOOL, effect] += number
    rows = []
    for (surface, direction), count in sorted(
        tally.asked.items(), key=lambda one: (one[0][0], _ORDER.index(one[0][1]))
    ):
        deny, mask, drop = (effects[surface, direction, one] for one in (Effect.DENY, Effect.MASK, Effect.DROP))
        found = findings[surface, direction]
        figures = (f"{count:,}", f"{found:,}", _per(found, count), f"{deny:,}", f"{mask + drop:,}")
        rows.append((surface, direction.value, *figures))
    head = ("Surface", "Direction", "Seen", "Found", "Found per 100", "Would deny", "Would mask or drop")
    caption = (
        "Each API's requests, answers and the tool calls in answers. What is found in the arguments of a call counts"
        " with the calls, and so does a call that would be denied"
    )
    return Table("By channel", caption, head, tuple(rows), words=2)


def _rules(tally: Tally) -> Table:
    most = tally.rules.most_common(_RULES)
    rows = tuple((rule.name, rule.reason, rule.direction.value, f"{count:,}") for rule, count in most)
    caption = f"The rules that would have denied most, {_RULES} at most"
    return Table("Rules that would have denied", caption, ("Rule", "Reason", "Direction", "Times"), rows, words=3)


def _tools(tally: Tally) -> Table:
    calls: Counter[tuple[str, str]] = Counter()
    denied: Counter[tuple[str, str]] = Counter()
    for (application, _, tool, effect), count in tally.tools.items():
        calls[application, tool] += count
        denied[application, tool] += count if effect is Effect.DENY else 0
    most = sorted(calls, key=lambda one: (-denied[one], -calls[one], one))[:_TOOLS]
    rows = tuple((*one, f"{calls[one]:,}", f"{denied[one]:,}") for one in most)
    caption = f"Tools that answers called, {_TOOLS} at most; a name that is no plain word is shown as its keyed digest"
    return Table("Tool calls", caption, ("Application", "Tool", "Calls", "Would deny"), rows, words=2)


def _coverage(tally: Tally) -> Table:
    rows = tuple(
        (
            direction.value,
            f"{reach.parts:,}",
            f"{reach.scanned:,}",
            _percent(reach.scanned, reach.parts, places=2),
            f"{reach.characters:,}",
            f"{reach.channels:,}",
        )
        for direction, reach in tally.reach.items()
        if reach.parts
    )
    head = ("Direction", "Parts", "Scanned", "%", "Characters", "Stream channels")
    return Table("Coverage", "How much was seen, and how much of it could be scanned", head, rows)


def _opaque(tally: Tally) -> Table:
    rows = tuple(
        (kind, direction.value, f"{count:,}")
        for direction, reach in tally.reach.items()
        for kind, count in sorted(reach.opaque.items())
    )
    caption = "Calls with content that no scanner can read; policy admits each kind by name, or denies the call"
    return Table("Content that could not be read", caption, ("Kind", "Direction", "Calls"), rows, words=2)


def _latency(tally: Tally) -> Table:
    head = ("Share of calls", "Guard, at most", "Whole call, at most")
    rows = tuple((label, _time(tally.guard, share), _time(tally.total, share)) for share, label in _SHARES)
    caption = "Time that reading, scanning and deciding took, beside the time of the whole call with its model"
    return Table("Latency", caption, head, rows if tally.total.count else ())


def _detail(tally: Tally) -> Table:
    most = sorted(tally.cells.items(), key=lambda one: (-one[1], one[0]))[:_DETAIL]
    rows = tuple(
        (cell.application, cell.surface, cell.direction.value, cell.kind.value, cell.effect.value, f"{count:,}")
        for cell, count in most
    )
    head = ("Application", "Surface", "Direction", "Kind", "Would", "Found")
    return Table(
        "Every combination",
        f"What was found, in full; the {_DETAIL} most frequent at most",
        head,
        rows,
        words=5,
        folded=True,
    )


def _notes(tally: Tally) -> tuple[str, ...]:
    notes = [
        "This report is made of counts: the ledger that it reads holds no text, prompt, answer or identifier.",
        "A finding is what the scanners that ran recognise; names and places in free text need the scanner `names`.",
    ]
    if tally.enforced:
        notes.append(f"{tally.enforced:,} calls of applications under enforcement are left out.")
    if tally.running:
        notes.append(f"{tally.running:,} calls had not ended where the ledger stops; only their requests are counted.")
    return tuple(notes)


def _by_verdict(tally: Tally) -> dict[Verdict, int]:
    return {one: sum(count for (_, verdict), count in tally.calls.items() if verdict is one) for one in Verdict}


def _period(tally: Tally) -> str:
    if not tally.first:
        return "no calls"
    return f"{_moment(tally.first)} to {_moment(tally.last)} UTC"


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1_000, UTC).strftime("%Y-%m-%d %H:%M")


def _rate(tally: Tally) -> str:
    hours = (tally.last - tally.first) / 3_600_000
    return f"{tally.total_calls / hours:,.0f} an hour" if hours >= 1 else "in less than an hour"


def _share(part: int, whole: int, of: str) -> str:
    return f"{_percent(part, whole)} % {of}"


def _percent(part: int, whole: int, *, places: int = 1) -> str:
    return f"{100 * part / whole:.{places}f}" if whole else "n/a"


def _per(part: int, whole: int) -> str:
    return f"{100 * part / whole:,.1f}" if whole else "n/a"


def _per_call(part: int, whole: int) -> str:
    return f"{part / whole:.1f} a call" if whole else "no calls"


def _time(spread: Spread, share: int) -> str:
    if not spread.count:
        return "n/a"
    value = spread.largest if share == 1_000 else spread.percentile(share)
    if value < 1_000:
        return f"{value} µs"
    return f"{value / 1_000:,.1f} ms" if value < 1_000_000 else f"{value / 1_000_000:,.1f} s"
