"""Text beside a stream's channels that goes on from one event to the next.

Such text is no channel that the surface names, so what came first may be out already: a finding that lies across the
border of two events can't be masked any more, and closes the stream.

1. A reader may add up what stands in one place of several events, ids and other words of the protocol included.
2. Events that repeat are part of that text too. What is read once is read as often as it repeats: the check of a text
   includes its own repetition, and `repeated` counts how often it came unread.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from asepsis.core.ports import Scanner
from asepsis.core.types import Finding, Part, PartKind
from asepsis.gateway.errors import Denied
from asepsis.gateway.walk import Leaf

__all__ = ["Tails", "Texts", "texts"]

Texts = tuple[Part, ...]
"""The texts of one event, in order."""

_TAIL: Final = 64
_REACH: Final = 256
_CHECKED: Final = 1024
_SPAN: Final = 24
"""How much of a text that comes again and again may lie within one finding."""


def texts(leaves: Iterable[Leaf], /) -> Texts:
    """Returns the texts among an event's leaves, as a reader gets them."""
    return tuple(_now(leaf) for leaf in leaves if leaf.part.kind is PartKind.TEXT)


class Tails:
    """The ends of what came in each place; `limit` is how many places there may be."""

    __slots__ = ("_checked", "_last", "_limit", "_scanner", "_tails", "repeated")

    def __init__(self, scanner: Scanner, limit: int) -> None:
        self._scanner = scanner
        self._limit = limit
        self._tails: dict[str, str] = {}
        self._checked: set[tuple[str, str, str]] = set()
        self._last: Texts = ()
        self.repeated = 0

    def same(self, found: Texts, /) -> bool:
        """Whether these are the last event's texts once more."""
        if found != self._last:
            return False
        self.repeated += 1
        return True

    def follow(self, found: Texts, /) -> Iterator[Finding]:
        """Takes the texts of an event: returns the findings that lie across borders.

        Raises Denied for more places than there may be.
        """
        self._catch_up()
        self._last = found
        joined: list[Part] = []
        borders: list[list[int]] = []
        for part in found:
            before = self._tails.get(part.place, "")
            key = (part.place, before, part.text)
            if key not in self._checked:
                whole, inner = _repeating(before, part.text)
                joined.append(Part(part.kind, part.place, whole, part.role, part.label, part.key))
                borders.append(inner)
                if len(self._checked) >= _CHECKED:
                    self._checked.clear()
                self._checked.add(key)
            self._tails[part.place] = (before + part.text)[-_TAIL:]
        if len(self._tails) > self._limit:
            raise Denied("gateway.limits.places", f"text goes on in more than {self._limit} places")
        for inner, findings in zip(borders, self._scanner.scan(joined) if joined else (), strict=True):
            for one in findings:
                if any(one.start < border < one.end for border in inner):
                    yield one

    def _catch_up(self) -> None:
        """Adds what came again since the texts were read."""
        if not self.repeated:
            return
        for part in self._last:
            times = min(self.repeated, _TAIL // len(part.text) + 1)
            self._tails[part.place] = (self._tails.get(part.place, "") + part.text * times)[-_TAIL:]
        self.repeated = 0


def _now(leaf: Leaf) -> Part:
    """Returns a text with what was found in it replaced, where it was."""
    part = leaf.part
    try:
        text = leaf.holder[leaf.at]  # type: ignore[index]  # `at` is the index or key that its holder takes
    except KeyError:
        return part
    if text == part.text or not isinstance(text, str) or not text or leaf.encoded is not None:
        return part
    return Part(part.kind, part.place, text, part.role, part.label, part.key)


def _repeating(before: str, text: str) -> tuple[str, list[int]]:
    """Returns what shows a finding over a border of a text behind `before` that comes again and again, and the borders.

    Of a long text its two ends are enough.
    """
    if len(text) > 2 * _REACH:
        start, end = text[:_REACH], text[-_REACH:]
        return f"{before}{start}\n{end}{start}", [len(before), len(before) + 2 * _REACH + 1]
    times = _SPAN // len(text) + 2
    return before + text * times, [len(before) + number * len(text) for number in range(times)]
