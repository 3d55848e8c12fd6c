"""Which patterns can match a text: one Hyperscan database over all of them, asked once per text.

Prefilter mode lets a pattern have what Hyperscan itself cannot do (look-around); it then answers with more than there
is, never with less. Each pattern is reported once.
"""

import re
from collections.abc import Sequence

import hyperscan

from asepsis.scan.errors import PackError

__all__ = ["Prefilter"]

_FLAGS = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH
_PYTHON_GROUP = re.compile(r"\(\?P<v>")


class Prefilter:
    """Says which of its expressions may match; not for use by two threads at a time."""

    def __init__(self, expressions: Sequence[str]) -> None:
        self._database = hyperscan.Database()
        patterns = [_PYTHON_GROUP.sub("(?:", expression).encode() for expression in expressions]
        try:
            self._database.compile(
                expressions=patterns, ids=list(range(len(patterns))), elements=len(patterns),
                flags=[_FLAGS] * len(patterns),
            )
        except hyperscan.error as error:
            raise PackError("a pattern can't be compiled") from error
        self._fired: list[int] = []
        # The handler is kept, for the database does not keep it alive.
        self._handler = self._fire

    def fired(self, data: bytes, /) -> list[int]:
        """Returns the numbers of the expressions that may match, in order."""
        self._fired.clear()
        self._database.scan(data, match_event_handler=self._handler)
        return sorted(self._fired)

    def _fire(self, number: int, start: int, end: int, flags: int, context: object) -> None:  # noqa: ARG002, PLR0913 the library's signature
        self._fired.append(number)
